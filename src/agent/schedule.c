#include "agent/schedule.h"

#include "base/backoff.h"

#define SCHEDULE_MAX_MS 300000
/* What a try needs at the end of a token's validity. */
#define SCHEDULE_MARGIN_MS 60000

static const struct backoff schedule_backoff = {.first_ms = 1000, .max_ms = SCHEDULE_MAX_MS};

int64_t schedule_renewal(int64_t obtained_at, int64_t lifetime, uint32_t random) {
    return obtained_at + lifetime / 100 * 75 + backoff_part(lifetime / 100 * 15, random);
}

/* The last time at which the token can be renewed before it expires; without one, or if that is
 * closer, as often as failures without a Retry-After let it. */
static int64_t schedule_ceiling(int64_t left) {
    int64_t margin = left / 4 < SCHEDULE_MARGIN_MS ? left / 4 : SCHEDULE_MARGIN_MS;
    return left > 0 ? left - margin : SCHEDULE_MAX_MS;
}

/* Half of the longest wait is certain: nobody waits for this process, and the issuer has rest. */
int64_t schedule_retry(unsigned failures, int64_t retry_after, int64_t left, uint32_t random) {
    int64_t longest = backoff_longest(&schedule_backoff, failures - 1);
    int64_t wait = longest / 2 + backoff_part(longest / 2, random);
    int64_t asked = retry_after + backoff_part(longest, random);
    int64_t ceiling = schedule_ceiling(left);
    if (wait > retry_after) {
        return wait;
    }
    asked = asked < ceiling ? asked : ceiling;
    return asked > wait ? asked : wait;
}
