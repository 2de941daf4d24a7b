/* Writes the head of an HTTP/1.1 request (RFC 9112 3). The caller has checked method, names and
 * values; no argument can start a new line. Room is the buffer's affair: its overflow is sticky. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "base/buffer.h"
#include "http/url.h"

/* Request line and Host. `method` is a token. */
void request_begin(struct buffer *out, span method, const struct url *url);
/* What all requests of ours say of themselves, the token request and a call alike. */
void request_common_fields(struct buffer *out, span api_version);
/* A valid name and value (RFC 9110 5.1, 5.5; http/field.h): others end the program. */
void request_field(struct buffer *out, span name, span value);
void request_field_number(struct buffer *out, span name, uint64_t value);
/* The empty line. */
void request_end(struct buffer *out);

#endif
