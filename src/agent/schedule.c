#include "agent/schedule.h"

#define FIRST_WAIT INT64_C(1000)
#define LONGEST_WAIT INT64_C(300000)

/* A share of `whole`: random / 2^32. In two steps, for a year in milliseconds times 2^32 is too
 * much. */
static int64_t share_of(int64_t whole, uint32_t random) {
    return (whole / 65536) * (random >> 16) + (whole % 65536) * (random >> 16) / 65536;
}

int64_t schedule_renewal(int64_t obtained_at, int64_t life, uint32_t random) {
    return obtained_at + life / 100 * 75 + share_of(life / 100 * 15, random);
}

int64_t schedule_retry(unsigned failures, int64_t retry_after, uint32_t random) {
    int64_t most = FIRST_WAIT;
    for (unsigned i = 1; i < failures && most < LONGEST_WAIT; i++) {
        most *= 2;
    }
    most = most < LONGEST_WAIT ? most : LONGEST_WAIT;
    int64_t wait = most / 2 + share_of(most / 2, random);
    return wait > retry_after ? wait : retry_after + share_of(most, random);
}
