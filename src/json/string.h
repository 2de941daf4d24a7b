/* The text of a JSON string, as the scanner hands it out: valid, its escapes untouched (RFC 8259
 * 7). */
#ifndef JSON_STRING_H
#define JSON_STRING_H

#include "base/span.h"

/* Whether it is `name`, which is UTF-8 without escapes. Half of a surrogate pair equals nothing.
 */
bool json_string_equals(span text, span name);

/* Decodes the escapes in place; *decoded is the size then. False: half of a surrogate pair, which
 * is not a character; the text is spoilt. */
PINETOKEN_MUST_USE bool json_string_decode(char *text, size_t size, size_t *decoded);

#endif
