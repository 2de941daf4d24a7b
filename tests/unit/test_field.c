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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name_bytes),
        cmocka_unit_test(test_value_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
