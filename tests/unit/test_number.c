#include "base/number.h"

#include "support/guard.h"
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
    {"0017", 8, 15, true, 15},
    {"8", 8, 15, false, 0},
    {"a", 8, 15, false, 0},
    {"", 10, 9, false, 0},
    {"+1", 10, 9, false, 0},
    {"-1", 10, 9, false, 0},
    {" 1", 10, 9, false, 0},
    {"1 ", 10, 9, false, 0},
    {"0x1", 16, 9, false, 0},
    {"1a", 10, 99, false, 0},
    {"g", 16, 99, false, 0},
    {"1", 10, 0, false, 0},
    {"x", 10, UINT64_MAX, false, 0},
    {"g", 16, UINT64_MAX, false, 0},
    {"1x", 10, UINT64_MAX, false, 0},
    {"0x", 10, UINT64_MAX, false, 0},
    {"a", 10, UINT64_MAX, false, 0},
    {"19", 10, 18, false, 0},
    {"18", 10, 18, true, 18},
    {"2", 10, 1, false, 0},
    {"0", 10, 0, true, 0},
    {"\xd9\xa3", 10, 9, false, 0}, /* a three of another script */
};

static void test_parse(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t value = 77;
        const span text = span_text(cases[i].text);
        char *copy = guard_copy(text);
        bool valid = number_parse((span){copy, text.size}, cases[i].base, cases[i].max, &value);
        guard_free(copy, text.size);
        if (valid != cases[i].valid || value != (valid ? cases[i].value : 77)) {
            fail_msg("%s: %d, %llu", cases[i].text, valid, (unsigned long long)value);
        }
    }
}

static void test_every_digit(void **state) {
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        const int decimal = byte >= '0' && byte <= '9' ? byte - '0' : -1;
        const int hex = byte >= 'a' && byte <= 'f'   ? byte - 'a' + 10
                        : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10
                                                     : decimal;
        assert_int_equal(number_digit((char)byte, 10), decimal);
        assert_int_equal(number_digit((char)byte, 16), hex);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse),
                                       cmocka_unit_test(test_every_digit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
