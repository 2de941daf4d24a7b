/* RateLimit and RateLimit-Policy: both forms, several quotas, and what is not valid. */
#include "http/rate_limit.h"

#include "base/buffer.h"
#include "support/guard.h"
#include "support/test.h"

static const struct {
    const char *limit, *policy;
    int64_t seconds;
} cases[] = {
    {"", "", -1},
    /* The draft's examples. */
    {"\"default\";r=50;t=30", "\"default\";q=100;w=60", -1},
    {"\"default\";r=0;t=30", "\"default\";q=100;w=60", 30},
    {"\"problemPolicy\";r=0;t=10", "\"burst\";q=100;w=60,\"daily\";q=1000;w=86400", 10},
    {"limit=100, remaining=0, reset=30", "", 30},
    {"limit=100, remaining=50, reset=30", "100;w=60", -1},
    {"limit=100,remaining=0,reset=7", "100;w=10, 1000;w=3600", 7},
    {"remaining=0, reset=0", "", 0},
    {"reset=5", "", 5},
    {"limit=10, remaining=0", "", -1},
    {"limit=10", "10;w=5", -1},
    /* Of several the last one that is used up. */
    {"\"burst\";r=0;t=2, \"daily\";r=7;t=3600", "", 2},
    {"\"burst\";r=0;t=2, \"daily\";r=0;t=3600", "", 3600},
    {"\"daily\";r=0;t=3600, \"burst\";r=0;t=2", "", 3600},
    {"\"burst\";r=7;t=2,\"daily\";r=1;t=3600", "", -1},
    /* In any order, with blanks, unknown parameters, without a count. */
    {" \"a\" ; t=9 ; pk=:abc=: ; r=0 ", "", 9},
    {"\"a\";t=9", "", 9},
    {"a;r=0;t=9", "", 9},
    {"\"a\";r=0;t=9;x;y=\"z\"", "", 9},
    {"\"x,y;r=5\";r=0;t=4", "", 4},
    {"\"x;t=9", "", -1},
    /* The window of the policy with that name. */
    {"\"a\";r=0", "\"a\";q=10;w=60", 60},
    {"\"b\";r=0", "\"a\";q=10;w=60, \"b\";q=5;w=7", 7},
    {"\"b\";r=0", "\"a\";q=10;w=60", -1},
    {"\"b\";r=0;t=x", "\"b\";w=8", 8},
    {"\"b\";r=0", "\"b\";q=1", -1},
    {"\"b\";r=1", "\"b\";q=1;w=9", -1},
    /* Only policies: the shortest window. */
    {"", "\"a\";q=10;w=60", 60},
    {"", "\"a\";q=10;w=60, \"b\";q=100;w=5, \"c\";w=9", 5},
    {"", "100;w=60", 60},
    {"", "10;q=1", -1},
    {"", "w=3", 3},
    /* Numbers. */
    {"\"a\";r=0;t=-1", "", -1},
    {"\"a\";r=0;t=1.5", "", -1},
    {"\"a\";r=0;t=", "", -1},
    {"\"a\";r=0;t=0", "", 0},
    {"\"a\";r=-1;t=5", "", 5},
    {"\"a\";r=00;t=05", "", 5},
    {"\"a\";r=0;t=604800", "", 604800},
    {"\"a\";r=0;t=604801", "", 604800},
    {"\"a\";r=0;t=99999999999999999999999999999999", "", 604800},
    {"\"a\";r=0;t=999999999999999999999999999999999", "", -1},
    {"\"a\";r=99999999999999999999;t=4", "", -1},
    {"\"a\";R=0;T=4", "", -1},
    {"\"a\";rr=0;tt=4", "", -1},
    /* Lines of one name are one list, whatever stands between them. */
    {"\"burst\";r=0;t=2\r\nX: y\r\nRATELIMIT: \"daily\";r=7;t=3600", "", 2},
    {"\"daily\";r=7;t=3600\r\nRateLimit: \"burst\";r=0;t=2", "", 2},
    {"\"a\";r=0;t=2\r\nRateLimit:\r\nRateLimit: , \"b\";r=0;t=9,", "", 9},
    {"\"a\";r=0", "\"b\";w=9\r\nRateLimit-Policy: \"a\";w=3", 3},
    {"", "\"b\";w=9\r\nRateLimit-Policy: \"a\";w=3", 3},
    {"limit=9\r\nRateLimit: remaining=0\r\nRateLimit: reset=7", "", 7},
    {"\"a\";r=1\r\nRateLimit-Policy: \"a\";w=3", "\"b\";w=2", -1},
    /* Hostile. */
    {",", "", -1},
    {";", ";", -1},
    {",,;;,=,==", "=,=;w", -1},
    {"\"", "\"", -1},
    {"\"\"\"", ",", -1},
    {"t=1,t=2,t=3", "", 3},
    {"soon", "later", -1},
};

/* The lines of a head. */
static void write_head(struct buffer *out, const char *limit, const char *policy) {
    buffer_append_text(out, "HTTP/1.1 429 RateLimit: 9\r\nDate: x\r\n");
    if (limit[0] != '\0') {
        buffer_append_text(out, "RateLimit: ");
        buffer_append_text(out, limit);
        buffer_append_text(out, "\r\n");
    }
    if (policy[0] != '\0') {
        buffer_append_text(out, "ratelimit-policy:");
        buffer_append_text(out, policy);
        buffer_append_text(out, "\r\n");
    }
    buffer_append_text(out, "\r\n");
}

static void test_every_case(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char data[512];
        struct buffer head;
        buffer_init(&head, data, sizeof data);
        write_head(&head, cases[i].limit, cases[i].policy);
        int64_t seconds = rate_limit_seconds(buffer_span(&head));
        if (seconds != cases[i].seconds) {
            fail_msg("%s | %s: %lld", cases[i].limit, cases[i].policy, (long long)seconds);
        }
    }
}

/* Cut off anywhere: no byte after the end is read, and what comes out is within the limit. */
static void test_truncated(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char data[512];
        struct buffer head;
        buffer_init(&head, data, sizeof data);
        write_head(&head, cases[i].limit, cases[i].policy);
        for (size_t size = 0; size <= head.size; size++) {
            char *text = guard_copy((span){data, size});
            int64_t seconds = rate_limit_seconds((span){text, size});
            assert_true(seconds >= -1 && seconds <= 604800);
            guard_free(text, size);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_case),
                                       cmocka_unit_test(test_truncated)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
