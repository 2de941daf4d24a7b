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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name_bytes),
        cmocka_unit_test(test_value_bytes),
        cmocka_unit_test(test_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
