#include "base/text.h"

#include "support/test.h"

static void test_append(void **state) {
    (void)state;
    char data[16];
    struct text text;
    text_init(&text, data, sizeof data);
    text_append(&text, "ab");
    text_append_number(&text, -7);
    text_append_printable(&text, "c\x1b\xff~", 4);
    assert_string_equal(data, "ab-7c??~");
    text_pad(&text, 10);
    assert_int_equal(text.size, 10);
    text_pad(&text, 3);
    assert_int_equal(text.size, 11);
    text_append(&text, "123456789");
    assert_string_equal(data, "ab-7c??~   1234");
    text_append(&text, "x");
    text_pad(&text, 100);
    assert_int_equal(text.size, 15);
}

static void test_numbers(void **state) {
    (void)state;
    static const struct {
        int64_t number;
        const char *text;
    } cases[] = {{0, "0"}, {INT64_MAX, "9223372036854775807"}, {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char data[24];
        struct text text;
        text_init(&text, data, sizeof data);
        text_append_number(&text, cases[i].number);
        assert_string_equal(data, cases[i].text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
