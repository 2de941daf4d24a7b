#include "http/field.h"

#include "support/test.h"

static void test_name_bytes(void **state) {
    (void)state;
    const char *tchars = "!#$%&'*+-.^_`|~0123456789"
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (int byte = 0; byte < 256; byte++) {
        bool expected = byte != 0 && strchr(tchars, byte) != NULL && byte < 0x80;
        assert_int_equal(field_is_name_byte((char)byte), expected);
    }
    assert_true(field_is_name(SPAN("X-Y")));
    assert_false(field_is_name(SPAN("")));
    assert_false(field_is_name(SPAN("X Y")));
    assert_false(field_is_name(SPAN("X:")));
    /* Every byte counts, the first one too. */
    assert_false(field_is_name(SPAN(" X")));
    assert_false(field_is_name(SPAN(":")));
    assert_true(field_is_name(SPAN("X")));
}

static void test_value_bytes(void **state) {
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        bool expected = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
        assert_int_equal(field_is_value_byte((char)byte), expected);
    }
    assert_true(field_is_value(SPAN("")));
    assert_true(field_is_value(SPAN("a b\tc\xff")));
    assert_false(field_is_value(SPAN("a\r\nb")));
    assert_false(field_is_value(SPAN("a\0b")));
    assert_false(field_is_value(SPAN("\na")));
    assert_false(field_is_value(SPAN("\n")));
    assert_true(field_is_value(SPAN("a")));
}

static void test_parts(void **state) {
    static const struct {
        const char *text, *parts[4];
        const char *separators;
    } cases[] = {
        {"a", {"a"}, ","},
        {"a,b;c", {"a", "b", "c"}, ",;,"},
        {" a b\t, \tc ", {"a b", "c"}, ",,"},
        {"\"a,b;c\"; d=\"e;f\"", {"\"a,b;c\"", "d=\"e;f\""}, ";,"},
        {",,", {"", ""}, ",,"},
        {"\"a,b", {"\"a,b"}, ","},
        {"\"\",\"\"", {"\"\"", "\"\""}, ",,"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        span text = span_text(cases[i].text);
        size_t part = 0;
        for (; text.size > 0; part++) {
            char separator = 0;
            assert_span(field_take_part(&text, &separator), cases[i].parts[part]);
            assert_int_equal(separator, cases[i].separators[part]);
        }
        assert_int_equal(part, strlen(cases[i].separators));
    }
}

static void test_values(void **state) {
    (void)state;
    span head = SPAN("HTTP/1.1 200 a: b\r\nA: 1\r\nB:2\r\na:\r\nA \r\n:3\r\nA:\t4 5 \r\n\r\nA: 6");
    span value;
    static const char *const values[] = {"1", "", "4 5", "6"};
    for (size_t i = 0; i < COUNT(values); i++) {
        assert_true(field_take_value(&head, SPAN("A"), &value));
        assert_span(value, values[i]);
    }
    assert_false(field_take_value(&head, SPAN("A"), &value));
    head = (span){NULL, 0};
    assert_false(field_take_value(&head, SPAN("A"), &value));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name_bytes),
        cmocka_unit_test(test_value_bytes),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
