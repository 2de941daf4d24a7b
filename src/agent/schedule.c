#include "agent/schedule.h"

#include "base/backoff.h"

static const struct backoff schedule_backoff = {.first_ms = 1000, .max_ms = 300000};

int64_t schedule_renewal(int64_t obtained_at, int64_t lifetime, uint32_t random) {
    return obtained_at + lifetime / 100 * 75 + backoff_part(lifetime / 100 * 15, random);
}

/* Half of the longest wait is certain: nobody waits for this process, and the issuer has rest. */
int64_t schedule_retry(unsigned failures, int64_t retry_after, uint32_t random) {
    int64_t longest = backoff_longest(&schedule_backoff, failures - 1);
    int64_t wait = longest / 2 + backoff_part(longest / 2, random);
    return wait > retry_after ? wait : retry_after + backoff_part(longest, random);
}
