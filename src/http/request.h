/* Writes the head of an HTTP/1.1 request (RFC 9112 3). Nothing that came from an argument can start
 * a new line: what has a byte outside its character set is refused and nothing of it is written.
 * Room is the buffer's affair: its overflow is sticky. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "base/buffer.h"
#include "http/url.h"

/* Request line and Host. `method` is a token. */
void request_begin(struct buffer *out, span method, const struct url *url);
/* False: name or value is not one (RFC 9110 5.1, 5.5); nothing was written. */
PINETOKEN_MUST_USE bool request_field(struct buffer *out, span name, span value);
void request_field_number(struct buffer *out, span name, uint64_t value);
/* The empty line. */
void request_end(struct buffer *out);

#endif
