#include "base/calendar.h"

#include "support/test.h"

#include <time.h>

/* Compared with the C library, which is independent: every day of 800 years, and the seconds around
 * each of its ends. */
static void test_agrees_with_libc(void **state) {
    (void)state;
    for (int64_t day = -146097; day <= 146097; day++) {
        static const int64_t offsets[] = {0, 1, 86399, 45296};
        for (size_t i = 0; i < COUNT(offsets); i++) {
            struct calendar calendar;
            struct tm expected;
            const time_t seconds = (time_t)(day * 86400 + offsets[i]);
            assert_non_null(gmtime_r(&seconds, &expected));
            calendar_from_unix(seconds, &calendar);
            if (calendar.year != expected.tm_year + 1900 || calendar.month != expected.tm_mon + 1 ||
                calendar.day != expected.tm_mday || calendar.hour != expected.tm_hour ||
                calendar.minute != expected.tm_min || calendar.second != expected.tm_sec) {
                fail_msg("%lld", (long long)seconds);
            }
        }
    }
}

/* Before the year 0, where the libc's years are negative too. */
static void test_early_years(void **state) {
    (void)state;
    for (int64_t day = -1000000; day < -600000; day += 997) {
        struct calendar calendar;
        struct tm expected;
        const time_t seconds = (time_t)(day * 86400);
        assert_non_null(gmtime_r(&seconds, &expected));
        calendar_from_unix(seconds, &calendar);
        assert_int_equal(calendar.year, expected.tm_year + 1900);
        assert_int_equal(calendar.month, expected.tm_mon + 1);
        assert_int_equal(calendar.day, expected.tm_mday);
    }
}

/* The first and last days of each 400 years, on both sides of the year 0, there and back. */
static void test_eras(void **state) {
    (void)state;
    for (int64_t era = -5; era <= 5; era++) {
        for (int64_t day = -400; day <= 400; day++) {
            /* From 1 March of the year 0. */
            const time_t seconds = (time_t)((146097 * era - 719468 + day) * 86400 + 45296);
            struct calendar calendar;
            struct tm expected;
            assert_non_null(gmtime_r(&seconds, &expected));
            calendar_from_unix(seconds, &calendar);
            assert_int_equal(calendar.year, expected.tm_year + 1900);
            assert_int_equal(calendar.month, expected.tm_mon + 1);
            assert_int_equal(calendar.day, expected.tm_mday);
            assert_int_equal(calendar_to_unix(&calendar), seconds);
        }
    }
}

static void test_text(void **state) {
    (void)state;
    static const struct {
        int64_t seconds;
        const char *text;
    } cases[] = {
        {0, "1970-01-01 00:00 UTC"},         {1795611959, "2026-11-25 13:05 UTC"},
        {INT64_MAX, "9999-12-31 23:59 UTC"}, {-62167219200, "0000-01-01 00:00 UTC"},
        {INT64_MIN, "0000-01-01 00:00 UTC"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[CALENDAR_TEXT];
        calendar_write_unix(cases[i].seconds, text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_libc),
        cmocka_unit_test(test_early_years),
        cmocka_unit_test(test_eras),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
