#include "http/request.h"

#include "base/assert.h"
#include "http/field.h"

void request_field(struct buffer *out, span name, span value) {
    assert(field_is_name(name) && field_is_value(value));
    buffer_append(out, name);
    buffer_append(out, SPAN(": "));
    buffer_append(out, value);
    buffer_append(out, SPAN("\r\n"));
}

void request_begin(struct buffer *out, span method, const struct url *url) {
    buffer_append(out, method);
    buffer_append_byte(out, ' ');
    buffer_append(out, url->target);
    buffer_append(out, SPAN(" HTTP/1.1\r\n"));
    request_field(out, SPAN("Host"), url->authority);
}

/* Without Accept-Encoding a server may choose any coding (RFC 9110 12.5.3); none is decoded here.
 */
void request_common_fields(struct buffer *out, span api_version) {
    request_field(out, SPAN("User-Agent"), SPAN("pinetoken/" PINETOKEN_VERSION));
    request_field(out, SPAN("Accept"), SPAN("application/json"));
    request_field(out, SPAN("Accept-Encoding"), SPAN("identity"));
    request_field(out, SPAN("X-Pinecone-Api-Version"), api_version);
}

void request_field_number(struct buffer *out, span name, uint64_t value) {
    buffer_append(out, name);
    buffer_append(out, SPAN(": "));
    buffer_append_number(out, value);
    buffer_append(out, SPAN("\r\n"));
}

void request_end(struct buffer *out) {
    buffer_append(out, SPAN("\r\n"));
}
