/* RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers), as issuers send them: the
 * structured fields of today, `"default";r=0;t=30`, and the form before them, `limit=100,
 * remaining=0, reset=30`. */
#ifndef HTTP_RATE_LIMIT_H
#define HTTP_RATE_LIMIT_H

#include "base/span.h"

/* By the lines of a response's head: seconds until the last of the quotas that are used up is there
 * again, the window of its policy if its own time is missing; -1: neither field says. At most
 * LIMIT_RETRY_AFTER. */
int64_t rate_limit_seconds(span head);
/* Digits and nothing else, clamped to LIMIT_RETRY_AFTER; -1: not a number of seconds. */
int64_t rate_limit_read_seconds(span text);

#endif
