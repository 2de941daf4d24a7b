/* A writer over the caller's array. Overflow is sticky: write flat, check once at the end. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/span.h"

struct buffer {
    char *data; /* the caller's */
    size_t capacity;
    size_t size;   /* bytes written; never shrinks */
    bool overflow; /* something did not fit; nothing was written from then on */
};

void buffer_init(struct buffer *buffer, char *data, size_t capacity);
void buffer_append(struct buffer *buffer, span text);
void buffer_append_byte(struct buffer *buffer, char byte);
/* In decimal. */
void buffer_append_number(struct buffer *buffer, uint64_t number);
void buffer_append_signed(struct buffer *buffer, int64_t number);
/* Foreign text made fit for a terminal: printable ASCII stays, `\` doubles, every other byte
 * becomes \xNN. Text of more than `most` bytes is cut there, with "..." behind it. */
void buffer_append_escaped(struct buffer *buffer, span text, size_t most);
span buffer_span(const struct buffer *buffer);

#endif
