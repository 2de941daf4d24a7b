#include "base/number.h"

#include "support/test.h"

static const struct {
    const char *text;
    unsigned base;
    uint64_t max;
    bool valid;
    uint64_t value;
} cases[] = {
    {"0", 10, 9, true, 0},
    {"007", 10, 9, true, 7},
    {"9", 10, 9, true, 9},
    {"10", 10, 9, false, 0},
    {"18446744073709551615", 10, UINT64_MAX, true, UINT64_MAX},
    {"18446744073709551616", 10, UINT64_MAX, false, 0},
    {"99999999999999999999999999", 10, UINT64_MAX, false, 0},
    {"9223372036854775807", 10, INT64_MAX, true, INT64_MAX},
    {"9223372036854775808", 10, INT64_MAX, false, 0},
    {"ff", 16, 255, true, 255},
    {"FF", 16, 255, true, 255},
    {"100", 16, 255, false, 0},
    {"ffffffffffffffff", 16, UINT64_MAX, true, UINT64_MAX},
    {"10000000000000000", 16, UINT64_MAX, false, 0},
    {"", 10, 9, false, 0},
    {"+1", 10, 9, false, 0},
    {"-1", 10, 9, false, 0},
    {" 1", 10, 9, false, 0},
    {"1 ", 10, 9, false, 0},
    {"0x1", 16, 9, false, 0},
    {"1a", 10, 99, false, 0},
    {"g", 16, 99, false, 0},
    {"1", 10, 0, false, 0},
    {"0", 10, 0, true, 0},
    {"\xd9\xa3", 10, 9, false, 0}, /* a three of another script */
};

static void test_parse(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t value = 77;
        bool valid = number_parse(span_text(cases[i].text), cases[i].base, cases[i].max, &value);
        if (valid != cases[i].valid || value != (valid ? cases[i].value : 77)) {
            fail_msg("%s: %d, %llu", cases[i].text, valid, (unsigned long long)value);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
