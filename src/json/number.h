/* The text of a JSON number (RFC 8259 6), exactly: no floating point. */
#ifndef JSON_NUMBER_H
#define JSON_NUMBER_H

#include "base/span.h"

/* The integer part, clamped to `max` (at least 9). `text` is what the scanner found, or digits
 * only. False: negative, empty or more than LIMIT_JSON_NUMBER characters. */
PINETOKEN_MUST_USE bool json_number_floor(span text, uint64_t max, uint64_t *value);

#endif
