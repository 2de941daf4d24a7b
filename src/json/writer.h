/* Writes JSON (RFC 8259) to a buffer: objects and arrays, nested as the calls are. Invalid input is
 * sticky, like the buffer's overflow: write flat, ask once at the end. */
#ifndef JSON_WRITER_H
#define JSON_WRITER_H

#include "base/buffer.h"

struct json_writer {
    struct buffer *out;
    bool first;   /* the next value needs no comma before it */
    bool invalid; /* a text was not UTF-8; nothing of it was written */
};

void json_writer_init(struct json_writer *writer, struct buffer *out);
/* False: some text was invalid, or the buffer overflowed. */
PINETOKEN_MUST_USE bool json_writer_end(const struct json_writer *writer);

void json_object_begin(struct json_writer *writer);
void json_object_end(struct json_writer *writer);
void json_array_begin(struct json_writer *writer);
void json_array_end(struct json_writer *writer);

/* A member's name, a literal that needs no escape; its value comes next. */
void json_name(struct json_writer *writer, span name);
void json_string(struct json_writer *writer, span value);
void json_number(struct json_writer *writer, int64_t value);
void json_null(struct json_writer *writer);

/* Name and value at once. */
void json_member_string(struct json_writer *writer, span name, span value);
void json_member_number(struct json_writer *writer, span name, int64_t value);

#endif
