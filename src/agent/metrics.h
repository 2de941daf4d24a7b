/* What agent reports to Prometheus. */
#ifndef AGENT_METRICS_H
#define AGENT_METRICS_H

#include "pinetoken.h"

struct metrics {
    uint64_t fetches[PINETOKEN_UNAVAILABLE + 1]; /* how many had each status */
    int64_t obtained_at;                         /* Unix time, of the token in the file; 0: none */
    int64_t expires_at;                          /* -1: not known */
    int64_t renews_at;                           /* when the next fetch is due */
    unsigned failures;                           /* in a row, up to now */
};

/* In the text exposition format 0.0.4. LOCAL. */
PINETOKEN_MUST_USE bool metrics_write(const struct metrics *metrics, const char *path,
                                      pinetoken_error *error);

#endif
