#include "json/number.h"

#include "support/guard.h"
#include "support/test.h"

static const struct {
    const char *text;
    bool valid;
    uint64_t value; /* of at most 1000 */
} cases[] = {
    {"0", true, 0},
    {"7", true, 7},
    {"007", true, 7},
    {"999", true, 999},
    {"1000", true, 1000},
    {"1001", true, 1000},
    {"12345678901234567890123456789012", true, 1000},
    {"123456789012345678901234567890123", false, 0},
    {"99.9", true, 99},
    {"0.99", true, 0},
    {"12.0", true, 12},
    {"1.25e2", true, 125},
    {"1.25E+1", true, 12},
    {"1.25e0", true, 1},
    {"125e-2", true, 1},
    {"125e-3", true, 0},
    {"125e-99999999999999999999", true, 0},
    {"1e99999999999999999999", true, 1000},
    {"0e99999999999999999999", true, 0},
    {"0.001e3", true, 1},
    {"1e2", true, 100},
    {"1E2", true, 100},
    {"9.99e2", true, 999},
    {"9.999e2", true, 999},
    {"10.01e2", true, 1000},
    {"0.0099e5", true, 990},
    {"1e3", true, 1000},
    {"1e4", true, 1000},
    {"1e-1", true, 0},
    {"10e-1", true, 1},
    {"999e0", true, 999},
    {"99.95e1", true, 999},
    {"1e+0", true, 1},
    {"1e-0", true, 1},
    {"12345e-2", true, 123},
    {"5e99", true, 1000},
    {"5e100", true, 1000},
    {"5e101", true, 1000},
    {"5e-100", true, 0},
    {"0.00000000000000000000000000001e30", false, 0},
    {"0.000000000000000000000000001e29", true, 100},
    {"-1", false, 0},
    {"-0", false, 0},
    {"", false, 0},
};

static void test_floor(void **state) {
    (void)state;
    /* Each case twice, at either end of a page. */
    for (size_t at = 0; at < 2 * COUNT(cases); at++) {
        const size_t i = at / 2;
        uint64_t value = 0;
        span text = span_text(cases[i].text);
        char *copy = at % 2 ? guard_copy(text) : guard_copy_after(text);
        bool valid = json_number_floor((span){copy, text.size}, 1000, &value);
        guard_free(copy, text.size);
        if (valid != cases[i].valid || value != cases[i].value) {
            fail_msg("%s: %d %llu", cases[i].text, valid, (unsigned long long)value);
        }
    }
}

/* The same by integer arithmetic. */
static void test_agrees_with_integers(void **state) {
    (void)state;
    for (int whole = 0; whole < 1200; whole += 7) {
        for (int exponent = -5; exponent < 6; exponent++) {
            char text[32];
            uint64_t value = 0;
            int size = snprintf(text, sizeof text, "%d.5e%d", whole, exponent);
            int64_t scaled = (int64_t)whole * 10 + 5;
            for (int i = 0; i < exponent; i++) {
                scaled *= 10;
            }
            for (int i = 0; i > exponent; i--) {
                scaled /= 10;
            }
            uint64_t expected = (uint64_t)scaled / 10;
            assert_true(json_number_floor((span){text, (size_t)size}, 1000, &value));
            assert_int_equal(value, expected < 1000 ? expected : 1000);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_floor),
        cmocka_unit_test(test_agrees_with_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
