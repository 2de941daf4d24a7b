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
/* NUL-terminated text. */
void buffer_append_text(struct buffer *buffer, const char *text);
/* As much of it as fits, for lines that are better cut than lost; the rest counts as overflow. */
void buffer_append_cut(struct buffer *buffer, span text);
void buffer_append_byte(struct buffer *buffer, char byte);
/* Appends blanks until `size` bytes are written; nothing if they are already. */
void buffer_pad(struct buffer *buffer, size_t size);
/* In decimal. */
void buffer_append_number(struct buffer *buffer, uint64_t number);
void buffer_append_signed(struct buffer *buffer, int64_t number);
/* Foreign text made fit for a terminal: printable ASCII stays, `\` doubles, every other byte
 * becomes \xNN. Text of more than `max` bytes is cut there, with "..." after it. */
void buffer_append_escaped(struct buffer *buffer, span text, size_t max);
span buffer_span(const struct buffer *buffer);
/* What was written, with a NUL after it, which replaces the last byte if there is no room. */
const char *buffer_terminate(struct buffer *buffer);

#endif
