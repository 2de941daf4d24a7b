/* HTTP-date: three formats, and everything that is not a date. */
#include "base/calendar.h"
#include "http/date.h"

#include "support/guard.h"
#include "support/test.h"

static const struct {
    const char *text;
    int64_t seconds; /* -1: refused */
} cases[] = {
    {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
    {"Sun Nov  6 08:49:37 1994", 784111777},
    {"Sun Nov 16 08:49:37 1994", 784975777},
    {"Sunday, 06-Nov-94 08:49:37 GMT", 3939871777},
    {"Monday, 06-Nov-23 08:49:37 GMT", 1699260577},
    {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
    {"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
    {"Thu, 29 Feb 2024 12:00:00 GMT", 1709208000},
    {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
    {"", -1},
    {"0", -1},
    {"Sun", -1},
    {"Sun, ", -1},
    {"Sun, 06 Nov 1994 08:49:37", -1},
    {"Sun, 06 Nov 1994 08:49:37 GMTx", -1},
    {"Sun, 06 Nov 1994 08:49:37 UTC", -1},
    {"Sun, 06 nov 1994 08:49:37 GMT", -1},
    {"Sun, 6 Nov 1994 08:49:37 GMT", -1},
    {"Sun, +6 Nov 1994 08:49:37 GMT", -1},
    {"Sun, 00 Nov 1994 08:49:37 GMT", -1},
    {"Sun, 32 Nov 1994 08:49:37 GMT", -1},
    {"Sun, 06 Nov 1994 24:00:00 GMT", -1},
    {"Sun, 06 Nov 1994 08:60:37 GMT", -1},
    {"Sun, 06 Nov 1994 08:49:61 GMT", -1},
    {"Sun, 06 Nov 94 08:49:37 GMT", -1},
    {"S1n, 06 Nov 1994 08:49:37 GMT", -1},
    {"Sunday, 06 Nov 1994 08:49:37 GMT", -1},
    {"Sun Nov 6 08:49:37 1994", -1},
    {"Sun Nov  6 08:49:37 1994 GMT", -1},
    {"Sunday Nov  6 08:49:37 1994", -1},
    {"Sun Mou  6 08:49:37 1994", -1},
    /* Every digit must be a digit, every mark that mark. */
    {"Sun, 06 Nov 1994 0x:49:37 GMT", -1},
    {"Sun, 06 Nov 1994 08:0x49:37 GMT", -1},
    {"Sun, 06 Nov 1994 08:4a:37 GMT", -1},
    {"Sun, 06 Nov 1994 08:49:3a GMT", -1},
    {"Sun, 06 Nov 1994 08-49:37 GMT", -1},
    {"Sun, 06 Nov 1994 08:49-37 GMT", -1},
    {"Sun, a6 Nov 1994 08:49:37 GMT", -1},
    {"Sun, 06-Nov-1994 08:49:37 GMT", -1},
    {"Sun, 06 Nov-1994 08:49:37 GMT", -1},
    {"Sun, 06 Nov 19a4 08:49:37 GMT", -1},
    {"Sun, 06 Nov 1994-08:49:37 GMT", -1},
    {"Sun, 06 Nov 1994 08:49:37-GMT", -1},
    {"Sun,06 Nov 1994 08:49:37 GMT", -1},
    {"Sun,  06 Nov 1994 08:49:37 GMT", -1},
    {"1un, 06 Nov 1994 08:49:37 GMT", -1},
    {"Su1, 06 Nov 1994 08:49:37 GMT", -1},
    {", 06 Nov 1994 08:49:37 GMT", -1},
    {"1un Nov  6 08:49:37 1994", -1},
    {"Su1 Nov  6 08:49:37 1994", -1},
    {"Sun-Nov  6 08:49:37 1994", -1},
    {"Sun Nov-06 08:49:37 1994", -1},
    {"Sun Nov  6-08:49:37 1994", -1},
    {"Sun Nov  6 08:49:37-1994", -1},
    {"Sun Nov  6 08:49:37 199a", -1},
    {"Sun Nov  0 08:49:37 1994", -1},
    {"Sun Nov 06 08:49:37 1994", 784111777},
    {"Sunday, 06 Nov-94 08:49:37 GMT", -1},
    {"Sunday, 06-Nov 94 08:49:37 GMT", -1},
    {"Sunday, 06-Nov-94-08:49:37 GMT", -1},
    {"Sunday, 06-Nov-94 08:49:37-GMT", -1},
    {"Sunday, 06-Nov-9a 08:49:37 GMT", -1},
    {"Sunday, 06-Nov-1994 08:49:37 GMT", -1},
    {"Sunda1, 06-Nov-94 08:49:37 GMT", -1},
    {"Sunday,06-Nov-94 08:49:37 GMT", -1},
    /* The limits of each part of a date. */
    {"Sun, 01 Nov 1994 00:00:00 GMT", 783648000},
    {"Sun, 31 Oct 1994 23:59:59 GMT", 783647999},
    {"Sat, 01 Jan 2000 00:00:00 GMT", 946684800},
    {"Tue, 01 Feb 2000 00:00:00 GMT", 949363200},
    {"Wed, 01 Mar 2000 00:00:00 GMT", 951868800},
    {"Sat, 01 Apr 2000 00:00:00 GMT", 954547200},
    {"Mon, 01 May 2000 00:00:00 GMT", 957139200},
    {"Thu, 01 Jun 2000 00:00:00 GMT", 959817600},
    {"Sat, 01 Jul 2000 00:00:00 GMT", 962409600},
    {"Tue, 01 Aug 2000 00:00:00 GMT", 965088000},
    {"Fri, 01 Sep 2000 00:00:00 GMT", 967766400},
    {"Sun, 01 Oct 2000 00:00:00 GMT", 970358400},
    {"Wed, 01 Nov 2000 00:00:00 GMT", 973036800},
    {"Fri, 01 Dec 2000 00:00:00 GMT", 975628800},
    {"Sun, 06 ovD 1994 08:49:37 GMT", -1},
    {"Sun, 06 anF 1994 08:49:37 GMT", -1},
};

static void test_every_case(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t seconds = -2;
        span copied = span_text(cases[i].text);
        char *first = guard_copy_after(copied);
        int64_t other = -2;
        const bool other_taken = date_parse((span){first, copied.size}, &other);
        guard_free(first, copied.size);
        char *text = guard_copy(copied);
        bool taken = date_parse((span){text, strlen(cases[i].text)}, &seconds);
        if (taken != (cases[i].seconds >= 0) || seconds != (taken ? cases[i].seconds : -2) ||
            other_taken != taken || other != seconds) {
            fail_msg("\"%s\": %d, %lld", cases[i].text, taken, (long long)seconds);
        }
        guard_free(text, strlen(cases[i].text));
    }
}

/* No truncation of a date is a date. */
static void test_truncated(void **state) {
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        for (size_t size = 0; size < strlen(cases[i].text); size++) {
            int64_t seconds = 0;
            char *text = guard_copy((span){cases[i].text, size});
            assert_false(date_parse((span){text, size}, &seconds));
            guard_free(text, size);
        }
    }
}

static void test_calendar_there_and_back(void **state) {
    (void)state;
    for (int64_t seconds = -80000000000; seconds < 260000000000; seconds += 86399 * 1013) {
        struct calendar calendar;
        calendar_from_unix(seconds, &calendar);
        assert_int_equal(calendar_to_unix(&calendar), seconds);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_case),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_calendar_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
