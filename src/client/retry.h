/* Whether and when to try again: exponential backoff with full jitter (base/backoff.h). Only
 * policy: no clock, no randomness of its own. */
#ifndef CLIENT_RETRY_H
#define CLIENT_RETRY_H

#include "base/span.h"

/* The longest wait before the first retry, and before any. Milliseconds. */
#define RETRY_FIRST_MS 500
#define RETRY_MAX_MS 30000

enum retry_verdict {
    RETRY_AGAIN,   /* after *wait_ms */
    RETRY_NEVER,   /* the error is not transient, or there is no retry or no time left */
    RETRY_TOO_LONG /* the peer asked to wait for longer than there is time */
};

struct retry {
    unsigned done;   /* retries so far */
    unsigned max;    /* retries that are allowed */
    int64_t left_ms; /* until the deadline */
    uint32_t random; /* any number, each as likely as any other */
};

/* What the peer asked for (Retry-After) is waited for in full, and the backoff on top of it if
 * there is time. */
PINETOKEN_MUST_USE enum retry_verdict retry_decide(const struct retry *retry,
                                                   const pinetoken_error *error, int64_t *wait_ms);

#endif
