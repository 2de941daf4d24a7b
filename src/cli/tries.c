#include "cli/tries.h"

#include "base/error.h"
#include "client/retry.h"
#include "os/clock.h"
#include "os/random.h"

#include <limits.h>
#include <poll.h>

/* Waits for the next try. False: there is none. */
static bool tries_wait(struct tries *tries, const pinetoken_error *error) {
    int64_t wait_ms = 0;
    const struct retry retry = {.done = tries->retries,
                                .max = tries->max,
                                .left_ms = tries->deadline - clock_monotonic_ms(),
                                .random = random_number()};
    if (retry_decide(&retry, error, &wait_ms) != RETRY_AGAIN) {
        return false;
    }
    log_event(&tries->log, EVENT_RETRY_REASON, span_text(error->message), -1);
    log_event(&tries->log, EVENT_RETRY_WAIT, (span){NULL, 0}, wait_ms);
    poll(NULL, 0, wait_ms < INT_MAX ? (int)wait_ms : INT_MAX);
    tries->retries++;
    return true;
}

bool tries_run(struct tries *tries, pinetoken_error *error) {
    pinetoken_error before = {.status = PINETOKEN_OK};
    bool done = tries->run(tries->user, error);
    while (!done && tries_wait(tries, error)) {
        before = *error;
        done = tries->run(tries->user, error);
    }
    if (!done && error->status == PINETOKEN_TIMEOUT && before.status != PINETOKEN_OK) {
        error_add(error, "; the try before it: ");
        error_add(error, before.message);
    }
    return done;
}
