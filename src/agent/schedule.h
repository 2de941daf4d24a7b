/* When agent fetches. Pure: times in milliseconds, randomness from the caller. */
#ifndef AGENT_SCHEDULE_H
#define AGENT_SCHEDULE_H

#include <stdint.h>

/* Somewhere from 75 to 90 % of the lifetime of a token: agents that started together spread out. */
int64_t schedule_renewal(int64_t obtained_at, int64_t lifetime, uint32_t random);
/* How long to wait after so many failures in a row, 1 or more: exponential backoff, from half to
 * all of 1, 2, 4, ... seconds, 5 minutes at most; not less than `retry_after` unless that is
 * negative, or would let the token expire, which is valid for `left` more; without one it counts
 * for 5 minutes at most. */
int64_t schedule_retry(unsigned failures, int64_t retry_after, int64_t left, uint32_t random);

#endif
