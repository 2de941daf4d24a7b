/* Copies of test input that end at a page nobody may touch: reading one byte too far ends the test.
 */
#ifndef SUPPORT_GUARD_H
#define SUPPORT_GUARD_H

#include "base/span.h"

/* The last byte of the copy touches the guard. Valid until guard_free; up to 64 KiB. */
char *guard_copy(span text);
void guard_free(char *copy, size_t size);

#endif
