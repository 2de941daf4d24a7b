/* When agent fetches: from 75 to 90 % of a life, and ever more seldom after failures. */
#include "agent/schedule.h"

#include "support/test.h"

static const uint32_t randoms[] = {0,          1,          65535,      65536,
                                   0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};

static void test_renewal(void **state) {
    static const int64_t lives[] = {1000, 1800000, 86400000, INT64_C(31536000000)};
    (void)state;
    for (size_t i = 0; i < COUNT(lives); i++) {
        for (size_t j = 0; j < COUNT(randoms); j++) {
            int64_t after = schedule_renewal(5, lives[i], randoms[j]) - 5;
            assert_true(after >= lives[i] / 100 * 75 && after <= lives[i] / 100 * 90);
        }
        int64_t width =
            schedule_renewal(0, lives[i], 0xffffffff) - schedule_renewal(0, lives[i], 0);
        assert_true(width >= lives[i] / 100 * 14);
    }
    /* Dead already. */
    assert_true(schedule_renewal(-100000, 1000, 0) < 0);
}

static void test_retry(void **state) {
    static const struct {
        unsigned failures;
        int64_t most;
    } cases[] = {{1, 1000},   {2, 2000},    {3, 4000},      {8, 128000},
                 {9, 256000}, {10, 300000}, {1000, 300000}, {4294967295u, 300000}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (size_t j = 0; j < COUNT(randoms); j++) {
            int64_t wait = schedule_retry(cases[i].failures, -1, randoms[j]);
            assert_true(wait >= cases[i].most / 2 && wait <= cases[i].most);
            int64_t asked = schedule_retry(cases[i].failures, 3600000, randoms[j]);
            assert_true(asked >= 3600000 && asked <= 3600000 + cases[i].most);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_renewal),
                                       cmocka_unit_test(test_retry)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
