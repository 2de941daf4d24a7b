/* Whether and when to try again: policy alone, no clock, no randomness of its own. */
#ifndef CLIENT_RETRY_H
#define CLIENT_RETRY_H

#include "base/span.h"

/* The wait before the first further try is up to this, twice as much before each one after it, ...
 */
#define RETRY_FIRST_MS 500
/* ... and up to this at the most. Milliseconds. */
#define RETRY_MAX_MS 30000

enum retry_verdict {
    RETRY_AGAIN,   /* after *wait_ms */
    RETRY_NEVER,   /* it would not pass by itself, or there is no try or no time left */
    RETRY_TOO_LONG /* the peer asked to wait for longer than there is time */
};

struct retry {
    unsigned done;   /* retries so far */
    unsigned max;    /* retries that are allowed */
    int64_t left_ms; /* until the deadline */
    uint32_t random; /* any number, as likely as any other */
};

/* Full jitter: any time from nothing to the longest, so that many clients that failed together do
 * not come back together. What the peer asked for is waited for whole, and the jitter on top of it
 * as far as there is time. */
PINETOKEN_MUST_USE enum retry_verdict retry_decide(const struct retry *retry,
                                                   const pinetoken_error *error, int64_t *wait_ms);

#endif
