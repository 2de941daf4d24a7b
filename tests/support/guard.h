/* Copies of test input that touch a page nobody may read or write: one byte too far, or one before
 * the first, ends the test. */
#ifndef SUPPORT_GUARD_H
#define SUPPORT_GUARD_H

#include "base/span.h"

/* The last byte of the copy touches the guard. Valid until guard_free; up to 64 KiB. */
char *guard_copy(span text);
/* The first byte of the copy touches the guard. */
char *guard_copy_after(span text);
void guard_free(char *copy, size_t size);

#endif
