#include "client/retry.h"

#include "base/backoff.h"

static const struct backoff retry_backoff = {.first_ms = RETRY_FIRST_MS, .max_ms = RETRY_MAX_MS};

enum retry_verdict retry_decide(const struct retry *retry, const pinetoken_error *error,
                                int64_t *wait_ms) {
    int64_t asked = error->retry_after_ms > 0 ? error->retry_after_ms : 0;
    if (!error->transient) {
        return RETRY_NEVER;
    }
    if (asked > 0 && asked >= retry->left_ms) {
        return RETRY_TOO_LONG;
    }
    int64_t wait = asked + backoff_wait(&retry_backoff, retry->done, retry->random);
    if (wait >= retry->left_ms && asked > 0) {
        wait = asked;
    }
    if (retry->done >= retry->max || wait >= retry->left_ms) {
        return RETRY_NEVER;
    }
    *wait_ms = wait;
    return RETRY_AGAIN;
}
