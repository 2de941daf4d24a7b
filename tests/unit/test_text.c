#include "base/text.h"

#include "support/test.h"

static void test_append(void **state) {
    (void)state;
    char data[16];
    struct text text;
    memset(data, 'x', sizeof data);
    text_init(&text, data, sizeof data);
    assert_string_equal(data, "");
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

/* Every byte: what stays, what is escaped, what is replaced. */
static void test_every_byte(void **state) {
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        const char value = (char)byte;
        const bool is_printable = byte >= 0x20 && byte <= 0x7e;
        char data[16];
        char expected[16];
        struct text text;
        text_init(&text, data, sizeof data);
        text_append_printable(&text, &value, 1);
        (void)snprintf(expected, sizeof expected, "%c", is_printable ? byte : '?');
        assert_string_equal(data, expected);
        text_init(&text, data, sizeof data);
        text_append_json(&text, &value, 1);
        (void)snprintf(expected, sizeof expected, "\"%s%c\"",
                       byte == '"' || byte == '\\' ? "\\" : "", is_printable ? byte : '?');
        assert_string_equal(data, expected);
    }
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
        cmocka_unit_test(test_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
