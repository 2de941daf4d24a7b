/* application/x-www-form-urlencoded (RFC 6749 appendix B). */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include "base/buffer.h"

/* "name=value", with '&' before it unless `first`. `name` is a literal that needs no encoding;
 * `value` is any bytes. */
void form_append(struct buffer *out, bool first, span name, span value);
/* Only the value. */
void form_append_value(struct buffer *out, span value);

#endif
