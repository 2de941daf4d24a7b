/* Views of bytes that someone else owns: compare, trim, cut. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include "pinetoken.h"

typedef pinetoken_span span;

/* A string literal as a span, without its NUL. */
#define SPAN(literal) ((span){"" literal, sizeof(literal) - 1})

/* The text of a NUL-terminated string; borrowed from it. */
span span_text(const char *text);
/* The bytes from `start` to before `end`; both lie within `text`, start not after end. */
span span_cut(span text, size_t start, size_t end);
bool span_equal(span a, span b);
/* The first bytes of `text` are `start`, which may be empty. */
bool span_starts(span text, span start);
/* ASCII letters without case: names of fields and codings (RFC 9110 5.1). */
bool span_equal_ignoring_case(span a, span b);
/* Without the blanks (SP, HTAB) at both ends: RFC 9110 5.6.3, OWS. */
span span_trim(span text);
/* Index of the first `byte`; text.size if there is none. */
size_t span_find(span text, char byte);
/* The place of `text` in a list, ignoring the case of ASCII letters: texts with a NUL after each,
 * and one more NUL at the end. SIZE_MAX: it is not there. */
size_t span_place(span text, const char *list);

char ascii_lower(char c);
bool ascii_is_digit(char c);
bool ascii_is_alpha(char c);
/* Every byte is one; true for an empty text. */
bool span_is_digits(span text);
/* "SCHEME://...": a URL, and not a path. */
bool span_is_url(span text);
/* Some byte is a control character of ASCII, DEL among them. */
bool span_has_control(span text);

#endif
