#include "os/hooks.h"

#include <time.h>

static _Thread_local const pinetoken_config *current;

void hooks_use(const pinetoken_config *config) {
    current = config;
}

int64_t hooks_now(void) {
    struct timespec now = {0};
    if (current != NULL && current->now != NULL) {
        return current->now(current->user);
    }
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec;
}

const pinetoken_config *hooks_random(void) {
    return current != NULL && current->random != NULL ? current : NULL;
}
