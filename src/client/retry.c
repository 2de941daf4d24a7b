#include "client/retry.h"

static int64_t longest_wait(unsigned done) {
    int64_t most = RETRY_FIRST_MS;
    for (unsigned i = 0; i < done && most < RETRY_MAX_MS; i++) {
        most *= 2;
    }
    return most < RETRY_MAX_MS ? most : RETRY_MAX_MS;
}

/* 0 to `most`, each as likely as any other but for the 2^-32nd part. */
static int64_t jitter(int64_t most, uint32_t random) {
    return (int64_t)(((uint64_t)most + 1) * random >> 32);
}

enum retry_verdict retry_decide(const struct retry *retry, const pinetoken_error *error,
                                int64_t *wait_ms) {
    if (!error->transient) {
        return RETRY_NEVER;
    }
    if (error->retry_after_ms > 0 && error->retry_after_ms >= retry->left_ms) {
        return RETRY_TOO_LONG;
    }
    int64_t asked = error->retry_after_ms > 0 ? error->retry_after_ms : 0;
    int64_t wait = asked + jitter(longest_wait(retry->done), retry->random);
    if (wait >= retry->left_ms && asked > 0) {
        wait = asked;
    }
    if (retry->done >= retry->max || wait >= retry->left_ms) {
        return RETRY_NEVER;
    }
    *wait_ms = wait;
    return RETRY_AGAIN;
}
