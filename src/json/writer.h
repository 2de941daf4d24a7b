/* Writes one JSON object of string members (RFC 8259). Invalid input is sticky, like the buffer's
 * overflow: write flat, ask once at the end. */
#ifndef JSON_WRITER_H
#define JSON_WRITER_H

#include "base/buffer.h"

struct json_writer {
    struct buffer *out;
    bool first;
    bool invalid; /* a value was not UTF-8; nothing of it was written */
};

void json_object_begin(struct json_writer *writer, struct buffer *out);
/* `name` is a literal that needs no escape. */
void json_member_string(struct json_writer *writer, span name, span value);
/* False: some value was invalid, or the buffer overflowed. */
PINETOKEN_MUST_USE bool json_object_end(struct json_writer *writer);

#endif
