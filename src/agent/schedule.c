#include "agent/schedule.h"

#define SCHEDULE_FIRST_MS INT64_C(1000)
#define SCHEDULE_MAX_MS INT64_C(300000)

/* The part random / 2^32 of `whole`. In two steps, for a year in milliseconds times 2^32 is too
 * much. */
static int64_t schedule_part(int64_t whole, uint32_t random) {
    return (whole / 65536) * (random >> 16) + (whole % 65536) * (random >> 16) / 65536;
}

int64_t schedule_renewal(int64_t obtained_at, int64_t lifetime, uint32_t random) {
    return obtained_at + lifetime / 100 * 75 + schedule_part(lifetime / 100 * 15, random);
}

int64_t schedule_retry(unsigned failures, int64_t retry_after, uint32_t random) {
    int64_t max = SCHEDULE_FIRST_MS;
    for (unsigned i = 1; i < failures && max < SCHEDULE_MAX_MS; i++) {
        max *= 2;
    }
    max = max < SCHEDULE_MAX_MS ? max : SCHEDULE_MAX_MS;
    int64_t wait = max / 2 + schedule_part(max / 2, random);
    return wait > retry_after ? wait : retry_after + schedule_part(max, random);
}
