/* When agent fetches: from 75 to 90 % of a lifetime, and less and less often after failures. */
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
    /* Already expired. */
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
            int64_t wait = schedule_retry(cases[i].failures, -1, 1, randoms[j]);
            assert_true(wait >= cases[i].most / 2 && wait <= cases[i].most);
            int64_t asked = schedule_retry(cases[i].failures, 3600000, 86400000, randoms[j]);
            assert_true(asked >= 3600000 && asked <= 3600000 + cases[i].most);
            /* Whatever the issuer asks for, there is a try while the token is valid. */
            for (int64_t left = 1200000; left > 700; left /= 2) {
                wait = schedule_retry(cases[i].failures, INT64_C(604800000), left, randoms[j]);
                assert_true(wait < left || wait <= cases[i].most);
            }
            wait = schedule_retry(cases[i].failures, INT64_C(604800000), 0, randoms[j]);
            assert_int_equal(wait, 300000);
        }
    }
}

/* By hand: 75 % of the lifetime and a share of 15 %; half of the longest wait and a share of the
 * rest.
 */
static void test_exact_times(void **state) {
    static const struct {
        int64_t obtained_at, life;
        uint32_t random;
        int64_t renewal;
    } renewals[] = {
        {5, 1000, 0, 755},
        {5, 1000, 0x80000000, 830},
        {5, 1000, 0xffffffff, 904},
        {0, 86400000, 0, 64800000},
        {0, 86400000, 0x80000000, 71280000},
        {0, 86400000, 0x40000000, 68040000},
        {0, 86400000, 0xffff0000, 77759802},
        {0, 86400000, 0x00010000, 64800197},
        {7, 99, 0x80000000, 7},
        {0, 436900, 0xffffffff, 393209},
    };
    static const struct {
        unsigned failures;
        int64_t retry_after;
        uint32_t random;
        int64_t wait;
        int64_t left; /* 0: a day */
    } retries[] = {
        {1, -1, 0, 500, 0},
        {1, -1, 0x80000000, 750, 0},
        {1, -1, 0xffffffff, 999, 0},
        {2, -1, 0, 1000, 0},
        {3, -1, 0, 2000, 0},
        {9, -1, 0, 128000, 0},
        {10, -1, 0, 150000, 0},
        {11, -1, 0x80000000, 225000, 0},
        {1, 0, 0, 500, 0},
        {1, 499, 0, 500, 0},
        {1, 500, 0x80000000, 750, 0},
        {1, 750, 0x80000000, 1250, 0},
        {1, 3600000, 0, 3600000, 0},
        {1, 3600000, 0xffffffff, 3600999, 0},
        {10, 3600000, 0x80000000, 3750000, 0},
        /* A minute before the end, or a quarter of what is left; not before the backoff's time. */
        {1, 3600000, 0, 3600000, 3660001},
        {1, 3600000, 0, 3600000, 3660000},
        {1, 3600000, 0, 3599999, 3659999},
        {1, 3600000, 0, 180000, 240000},
        {1, 3600000, 0, 179997, 239996},
        {1, 3600000, 0, 7500, 10000},
        {1, 7499, 0, 7499, 10000},
        {9, 3600000, 0, 128000, 10000},
        {1, 3600000, 0xffffffff, 999, 4},
        {1, 600, 0, 500, 4},
        {1, 299999, 0, 299999, -1},
        {1, 300001, 0, 300000, -1},
        {1, 300001, 0, 300000, INT64_MIN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(renewals); i++) {
        assert_int_equal(
            schedule_renewal(renewals[i].obtained_at, renewals[i].life, renewals[i].random),
            renewals[i].renewal);
    }
    for (size_t i = 0; i < COUNT(retries); i++) {
        assert_int_equal(schedule_retry(retries[i].failures, retries[i].retry_after,
                                        retries[i].left != 0 ? retries[i].left : 86400000,
                                        retries[i].random),
                         retries[i].wait);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_renewal),
                                       cmocka_unit_test(test_exact_times),
                                       cmocka_unit_test(test_retry)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
