/* UTF-8 (RFC 3629): shortest form, no surrogates, nothing over U+10FFFF. */
#ifndef JSON_UTF8_H
#define JSON_UTF8_H

#include "base/span.h"

/* Bytes of the character at text.data[at] (1 to 4), `at` < text.size; 0: none is complete. */
size_t utf8_size_at(span text, size_t at);
bool utf8_is_valid(span text);
/* Writes `code`, which is a character, to out[0..4); returns its size. */
size_t utf8_encode(uint32_t code, char *out);

#endif
