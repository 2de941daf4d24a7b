#include "os/clock.h"

#include "os/hooks.h"

#include <unistd.h>

int64_t clock_ms(clockid_t clock) {
    struct timespec now = {0};
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_monotonic_ms(void) {
    return clock_ms(CLOCK_MONOTONIC);
}

int64_t clock_unix(void) {
    return hooks_now();
}

uint32_t clock_noise(void) {
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return ((uint32_t)now.tv_nsec ^ (uint32_t)getpid()) * 2654435761u;
}
