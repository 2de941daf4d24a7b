#include "http/request.h"

#include "http/field.h"

static void write_field(struct buffer *out, span name, span value) {
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
    write_field(out, SPAN("Host"), url->authority);
}

bool request_field(struct buffer *out, span name, span value) {
    if (!field_is_name(name) || !field_is_value(value)) {
        return false;
    }
    write_field(out, name, value);
    return true;
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
