#include "base/backoff.h"

int64_t backoff_longest(const struct backoff *backoff, unsigned done) {
    int64_t longest = backoff->first_ms;
    for (unsigned i = 0; i < done && longest < backoff->max_ms; i++) {
        longest *= 2;
    }
    return longest < backoff->max_ms ? longest : backoff->max_ms;
}

int64_t backoff_part(int64_t whole, uint32_t random) {
    /* In two steps: a year in milliseconds times 2^32 is too much. */
    uint64_t high = (uint64_t)whole >> 32;
    uint64_t low = (uint64_t)whole & UINT32_MAX;
    return (int64_t)(high * random + (low * random >> 32));
}

int64_t backoff_wait(const struct backoff *backoff, unsigned done, uint32_t random) {
    return backoff_part(backoff_longest(backoff, done) + 1, random);
}
