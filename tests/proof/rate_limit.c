/* Any SIZE bytes of a RateLimit field and any 3 of its policy: the wait is bounded. */
#include "http/rate_limit.h"
#include "base/limits.h"
#include "proof.h"

int main(void) {
    char limit[SIZE];
    char policy[3];
    choose_bytes(limit, sizeof limit);
    choose_bytes(policy, sizeof policy);
    int64_t seconds =
        rate_limit_seconds((span){limit, sizeof limit}, (span){policy, sizeof policy});
    assert(seconds >= -1 && seconds <= (int64_t)LIMIT_RETRY_AFTER);
    return 0;
}
