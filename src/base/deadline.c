#include "base/deadline.h"

int64_t deadline_after(int64_t now, int64_t ms) {
    if (ms <= 0) {
        return now;
    }
    return now > INT64_MAX - ms ? INT64_MAX : now + ms;
}

int deadline_left(int64_t deadline, int64_t now, int max) {
    if (deadline <= now) {
        return 0;
    }
    /* Both are monotonic, so not negative: the difference cannot overflow. */
    int64_t left = deadline - now;
    return left < max ? (int)left : max;
}
