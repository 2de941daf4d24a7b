#include "client/retry.h"

#include "base/error.h"
#include "support/test.h"

#define NONE (-1)
#define MINUTE 60000
#define MOST_RANDOM UINT32_MAX

static const struct {
    const char *name;
    bool transient;
    int64_t retry_after_ms;
    struct retry retry;
    enum retry_verdict verdict;
    int64_t wait_ms;
} cases[] = {
    {"final", false, NONE, {0, 3, MINUTE, 0}, RETRY_NEVER, 0},
    {"final, though asked to wait", false, 10, {0, 3, MINUTE, 0}, RETRY_NEVER, 0},
    {"final, asked to wait for too long", false, MINUTE, {0, 3, MINUTE, 0}, RETRY_NEVER, 0},
    {"at once, by chance", true, NONE, {0, 3, MINUTE, 0}, RETRY_AGAIN, 0},
    {"half", true, NONE, {0, 3, MINUTE, UINT32_C(1) << 31}, RETRY_AGAIN, 250},
    {"first, longest", true, NONE, {0, 3, MINUTE, MOST_RANDOM}, RETRY_AGAIN, 500},
    {"second, longest", true, NONE, {1, 3, MINUTE, MOST_RANDOM}, RETRY_AGAIN, 1000},
    {"third, longest", true, NONE, {2, 3, MINUTE, MOST_RANDOM}, RETRY_AGAIN, 2000},
    {"sixth", true, NONE, {5, 9, MINUTE, MOST_RANDOM}, RETRY_AGAIN, 16000},
    {"clamped to thirty seconds", true, NONE, {6, 9, MINUTE, MOST_RANDOM}, RETRY_AGAIN, 30000},
    {"a very late one", true, NONE, {998, 999, MINUTE, MOST_RANDOM}, RETRY_AGAIN, 30000},
    {"no try left", true, NONE, {3, 3, MINUTE, 0}, RETRY_NEVER, 0},
    {"none allowed", true, NONE, {0, 0, MINUTE, 0}, RETRY_NEVER, 0},
    {"no time left", true, NONE, {0, 3, 0, 0}, RETRY_NEVER, 0},
    {"past the deadline", true, NONE, {0, 3, -5, 0}, RETRY_NEVER, 0},
    {"just no time for the wait", true, NONE, {0, 3, 500, MOST_RANDOM}, RETRY_NEVER, 0},
    {"just time for the wait", true, NONE, {0, 3, 501, MOST_RANDOM}, RETRY_AGAIN, 500},
    {"asked to wait for a moment", true, 1, {0, 3, MINUTE, 0}, RETRY_AGAIN, 1},
    {"asked to wait", true, 5000, {0, 3, MINUTE, 0}, RETRY_AGAIN, 5000},
    {"asked to wait, jitter on top", true, 5000, {0, 3, MINUTE, MOST_RANDOM}, RETRY_AGAIN, 5500},
    {"no time for the jitter", true, 5000, {0, 3, 5500, MOST_RANDOM}, RETRY_AGAIN, 5000},
    {"no time for the jitter after a moment", true, 1, {0, 3, 500, MOST_RANDOM}, RETRY_AGAIN, 1},
    {"asked for as long as there is", true, 5000, {0, 3, 5000, 0}, RETRY_TOO_LONG, 0},
    {"asked for a moment, the last one", true, 1, {0, 3, 1, 0}, RETRY_TOO_LONG, 0},
    {"asked for more", true, 5001, {0, 3, 5000, 0}, RETRY_TOO_LONG, 0},
    {"asked for more, no try left", true, 5001, {3, 3, 5000, 0}, RETRY_TOO_LONG, 0},
    {"asked to wait, no try left", true, 50, {3, 3, MINUTE, 0}, RETRY_NEVER, 0},
    {"asked to come at once", true, 0, {0, 3, MINUTE, MOST_RANDOM}, RETRY_AGAIN, 500},
};

static void test_every_case(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        pinetoken_error error = {0};
        int64_t wait_ms = 0;
        error_clear(&error);
        error.transient = cases[i].transient;
        error.retry_after_ms = cases[i].retry_after_ms;
        enum retry_verdict verdict = retry_decide(&cases[i].retry, &error, &wait_ms);
        if (verdict != cases[i].verdict || wait_ms != cases[i].wait_ms) {
            fail_msg("%s: %d, %lld ms", cases[i].name, (int)verdict, (long long)wait_ms);
        }
    }
}

/* Every wait from 0 to 500 ms, each about as often as any other. */
static void test_jitter_is_full_and_even(void **state) {
    (void)state;
    unsigned counts[501] = {0};
    pinetoken_error error = {0};
    error_clear(&error);
    error.transient = true;
    for (uint32_t i = 0; i < 501 * 64; i++) {
        const struct retry retry = {0, 3, MINUTE, i * (UINT32_MAX / (501 * 64))};
        int64_t wait_ms = -1;
        assert_int_equal(retry_decide(&retry, &error, &wait_ms), RETRY_AGAIN);
        counts[wait_ms]++;
    }
    for (size_t i = 0; i < COUNT(counts); i++) {
        assert_true(counts[i] >= 62 && counts[i] <= 66);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_case),
                                       cmocka_unit_test(test_jitter_is_full_and_even)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
