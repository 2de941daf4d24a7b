/* The only ways from text to integer. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include "base/span.h"

/* Digits of `base` (8, 10 or 16) and nothing else: no sign, no blank, no prefix, not empty. False,
 * with *value as it was, if that does not hold or the number is over `max`. */
PINETOKEN_MUST_USE bool number_parse(span text, unsigned base, uint64_t max, uint64_t *value);
/* The value of one digit of `base`; -1 if it is not one. */
int number_digit(char c, unsigned base);

#endif
