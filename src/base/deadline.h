/* Arithmetic on absolute monotonic milliseconds. The clock is the caller's. */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include <stdint.h>

/* `ms` after `now`, clamped to the largest number; a negative `ms` is 0. */
int64_t deadline_after(int64_t now, int64_t ms);
/* Milliseconds from `now` to it, 0 if it has passed, at most `max` (what poll(2) takes is an
 * int). */
int deadline_left(int64_t deadline, int64_t now, int max);

#endif
