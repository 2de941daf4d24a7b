#include "support/test.h"

static void test_equal(void **state) {
    (void)state;
    assert_true(span_equal(SPAN(""), (span){NULL, 0}));
    assert_true(span_equal(SPAN("abc"), SPAN("abc")));
    assert_false(span_equal(SPAN("abc"), SPAN("abd")));
    assert_false(span_equal(SPAN("abc"), SPAN("ab")));
    assert_true(span_equal(SPAN("a\0b"), SPAN("a\0b")));
    assert_false(span_equal(SPAN("a\0b"), SPAN("a\0c")));
}

static void test_equal_ignoring_case(void **state) {
    (void)state;
    assert_true(span_equal_ignoring_case(SPAN("Content-LENGTH"), SPAN("content-length")));
    assert_false(span_equal_ignoring_case(SPAN("content-length"), SPAN("content-lengt")));
    assert_false(span_equal_ignoring_case(SPAN("content-lengt"), SPAN("content-length")));
    assert_false(span_equal_ignoring_case(SPAN(""), SPAN("a")));
    assert_true(span_equal_ignoring_case((span){NULL, 0}, SPAN("")));
    /* '[' is '{' without the bit that case is in, and no letter; so is K to the Kelvin sign. */
    assert_false(span_equal_ignoring_case(SPAN("["), SPAN("{")));
    assert_false(span_equal_ignoring_case(SPAN("@"), SPAN("`")));
    assert_false(span_equal_ignoring_case(SPAN("\xc3\x84"), SPAN("\xc3\xa4")));
}

static void test_trim(void **state) {
    (void)state;
    assert_span(span_trim(SPAN(" \t a b\t ")), "a b");
    assert_span(span_trim(SPAN("  \t")), "");
    assert_span(span_trim(SPAN("")), "");
    assert_span(span_trim((span){NULL, 0}), "");
    assert_span(span_trim(SPAN("\na\r")), "\na\r");
}

static void test_find_and_cut(void **state) {
    (void)state;
    span text = SPAN("key=value=more");
    assert_int_equal(span_find(text, '='), 3);
    assert_int_equal(span_find(text, '?'), text.size);
    assert_int_equal(span_find((span){NULL, 0}, 'x'), 0);
    assert_span(span_cut(text, 4, 9), "value");
    assert_span(span_cut(text, 14, 14), "");
    assert_span(span_cut((span){NULL, 0}, 0, 0), "");
}

static void test_starts(void **state) {
    (void)state;
    assert_true(span_starts(SPAN("MOVED 1"), SPAN("MOVED ")));
    assert_true(span_starts(SPAN("abc"), SPAN("abc")));
    assert_true(span_starts(SPAN("abc"), SPAN("")));
    assert_true(span_starts((span){NULL, 0}, (span){NULL, 0}));
    assert_false(span_starts(SPAN("ab"), SPAN("abc")));
    assert_false(span_starts(SPAN("abd"), SPAN("abc")));
    assert_false(span_starts(SPAN("abc"), SPAN("b")));
}

static void test_url(void **state) {
    static const char *const others[] = {"",      ":",     "a",  "a:",   "a:/",
                                         "a:b/c", "a:/bc", "//", "a/b//"};
    (void)state;
    assert_true(span_is_url(SPAN("a://")));
    assert_true(span_is_url(SPAN("redis://host")));
    for (size_t i = 0; i < COUNT(others); i++) {
        assert_false(span_is_url(span_text(others[i])));
    }
}

static void test_digits(void **state) {
    (void)state;
    assert_true(span_is_digits(SPAN("0123456789")));
    assert_true(span_is_digits(SPAN("0")));
    assert_false(span_is_digits(SPAN("x1")));
    assert_false(span_is_digits(SPAN("1x")));
    assert_false(span_is_digits(SPAN("1 2")));
    assert_false(span_is_digits(SPAN("-1")));
    for (int byte = 0; byte < 256; byte++) {
        const char c = (char)byte;
        const bool is_upper = byte >= 'A' && byte <= 'Z';
        const bool is_lower = byte >= 'a' && byte <= 'z';
        assert_int_equal(span_is_digits((span){&c, 1}), byte >= '0' && byte <= '9');
        assert_int_equal(ascii_is_digit(c), byte >= '0' && byte <= '9');
        assert_int_equal(ascii_is_alpha(c), is_upper || is_lower);
        assert_int_equal(ascii_lower(c), is_upper ? (char)(byte + 'a' - 'A') : c);
    }
}

static void test_place(void **state) {
    static const char list[] = "one\0Two\0three\0";
    (void)state;
    assert_int_equal(span_place(SPAN("one"), list), 0);
    assert_int_equal(span_place(SPAN("tWO"), list), 1);
    assert_int_equal(span_place(SPAN("three"), list), 2);
    assert_true(span_place(SPAN("thre"), list) == SIZE_MAX);
    assert_true(span_place(SPAN("three "), list) == SIZE_MAX);
    assert_true(span_place(SPAN(""), list) == SIZE_MAX);
    assert_true(span_place((span){NULL, 0}, list) == SIZE_MAX);
    assert_true(span_place(SPAN("one"), "") == SIZE_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal),  cmocka_unit_test(test_equal_ignoring_case),
        cmocka_unit_test(test_trim),   cmocka_unit_test(test_find_and_cut),
        cmocka_unit_test(test_starts), cmocka_unit_test(test_url),
        cmocka_unit_test(test_digits), cmocka_unit_test(test_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
