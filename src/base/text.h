/* Puts text together in the caller's array, always NUL-terminated; what does not fit is left out.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct text {
    char *data; /* the caller's */
    size_t capacity;
    size_t size; /* without the NUL */
};

void text_init(struct text *text, char *data, size_t capacity);
void text_append(struct text *text, const char *more);
void text_append_bytes(struct text *text, const char *more, size_t size);
/* Whatever is not printable ASCII as '?'. */
void text_append_printable(struct text *text, const char *more, size_t size);
/* Printable ASCII as a JSON string, whatever else as '?'. */
void text_append_json(struct text *text, const char *more, size_t size);
/* In decimal. */
void text_append_number(struct text *text, int64_t number);
/* Blanks up to `column`, or one where it is passed already. */
void text_pad(struct text *text, size_t column);

#endif
