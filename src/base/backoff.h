/* Exponential backoff with jitter: the longest wait doubles from retry to retry up to a maximum,
 * and the wait is drawn at random, so that many clients that failed together do not come back
 * together. With full jitter any wait from 0 to the longest is as likely as any other. No clock, no
 * randomness of its own. */
#ifndef BASE_BACKOFF_H
#define BASE_BACKOFF_H

#include <stdint.h>

struct backoff {
    int64_t first_ms; /* the longest wait before the first retry */
    int64_t max_ms;   /* and before any */
};

/* Before the retry after `done` others. */
int64_t backoff_longest(const struct backoff *backoff, unsigned done);
/* The part random / 2^32 of `whole`, which is not negative: from 0 to less than all of it. */
int64_t backoff_part(int64_t whole, uint32_t random);
/* Full jitter: from 0 to backoff_longest. */
int64_t backoff_wait(const struct backoff *backoff, unsigned done, uint32_t random);

#endif
