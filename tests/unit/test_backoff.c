/* Backoff: how the longest wait grows, and that the jitter covers all of it. */
#include "base/backoff.h"

#include "support/test.h"

static void test_longest(void **state) {
    const struct backoff backoff = {.first_ms = 3, .max_ms = 100};
    static const int64_t longest[] = {3, 6, 12, 24, 48, 96, 100, 100};
    const struct backoff constant = {.first_ms = 100, .max_ms = 100};
    (void)state;
    for (unsigned i = 0; i < COUNT(longest); i++) {
        assert_int_equal(backoff_longest(&backoff, i), longest[i]);
        assert_int_equal(backoff_longest(&constant, i), 100);
    }
    assert_int_equal(backoff_longest(&backoff, UINT32_MAX), 100);
}

static void test_part(void **state) {
    static const struct {
        int64_t whole;
        uint32_t random;
        int64_t part;
    } cases[] = {
        {0, UINT32_MAX, 0},
        {1, UINT32_MAX, 0},
        {100, 0, 0},
        {100, UINT32_C(1) << 31, 50},
        {100, UINT32_MAX, 99},
        {INT64_C(1) << 32, 7, 7},
        {(INT64_C(1) << 32) + 1, UINT32_MAX, UINT32_MAX},
        {INT64_C(3) << 33, UINT32_C(1) << 31, INT64_C(3) << 32},
        {INT64_MAX, UINT32_C(1) << 31, INT64_MAX / 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(backoff_part(cases[i].whole, cases[i].random), cases[i].part);
    }
}

static void test_full_jitter(void **state) {
    const struct backoff backoff = {.first_ms = 500, .max_ms = 1000};
    (void)state;
    assert_int_equal(backoff_wait(&backoff, 0, 0), 0);
    assert_int_equal(backoff_wait(&backoff, 0, UINT32_MAX), 500);
    assert_int_equal(backoff_wait(&backoff, 1, UINT32_MAX), 1000);
    assert_int_equal(backoff_wait(&backoff, 9, UINT32_C(1) << 31), 500);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_part),
        cmocka_unit_test(test_full_jitter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
