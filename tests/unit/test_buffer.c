#include "base/buffer.h"

#include "support/test.h"

static void test_append(void **state) {
    (void)state;
    char data[8];
    struct buffer buffer;
    buffer_init(&buffer, data, sizeof data);
    buffer_append(&buffer, SPAN("abc"));
    buffer_append_byte(&buffer, 'd');
    buffer_append(&buffer, (span){NULL, 0});
    buffer_append(&buffer, SPAN("efgh"));
    assert_span(buffer_span(&buffer), "abcdefgh");
    assert_false(buffer.overflow);
}

static void test_overflow_is_sticky(void **state) {
    (void)state;
    char data[5] = "....";
    struct buffer buffer;
    buffer_init(&buffer, data, 4);
    buffer_append(&buffer, SPAN("ab"));
    buffer_append(&buffer, SPAN("cde"));
    assert_true(buffer.overflow);
    /* It would fit, but stands for what is missing. */
    buffer_append_byte(&buffer, 'x');
    assert_span(buffer_span(&buffer), "ab");
    assert_string_equal(data, "ab..");
}

static void test_number(void **state) {
    (void)state;
    static const struct {
        uint64_t number;
        const char *text;
    } cases[] = {{0, "0"}, {9, "9"}, {10, "10"}, {UINT64_MAX, "18446744073709551615"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char data[20];
        struct buffer buffer;
        buffer_init(&buffer, data, sizeof data);
        buffer_append_number(&buffer, cases[i].number);
        assert_span(buffer_span(&buffer), cases[i].text);
    }
}

static void test_escaped(void **state) {
    (void)state;
    static const struct {
        span text;
        size_t most;
        const char *escaped;
    } cases[] = {
        {{"plain ~", 7}, 96, "plain ~"},
        {{"a\0b", 3}, 96, "a\\x00b"},
        {{"\x1b[31m\x7f\xff", 7}, 96, "\\x1b[31m\\x7f\\xff"},
        {{"back\\slash", 10}, 96, "back\\\\slash"},
        {{"\x1f \x7e\x80", 4}, 96, "\\x1f ~\\x80"},
        {{"12345", 5}, 5, "12345"},
        {{"123456", 6}, 5, "12345..."},
        {{NULL, 0}, 96, ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char data[64];
        struct buffer buffer;
        buffer_init(&buffer, data, sizeof data);
        buffer_append_escaped(&buffer, cases[i].text, cases[i].most);
        assert_span(buffer_span(&buffer), cases[i].escaped);
    }
}

static void test_cut(void **state) {
    (void)state;
    char data[4];
    struct buffer buffer;
    buffer_init(&buffer, data, sizeof data);
    buffer_append_cut(&buffer, SPAN("abcd"));
    assert_false(buffer.overflow);
    buffer_append_cut(&buffer, SPAN(""));
    assert_false(buffer.overflow);
    buffer_append_cut(&buffer, SPAN("e"));
    assert_true(buffer.overflow);
    assert_span(buffer_span(&buffer), "abcd");
    buffer_init(&buffer, data, sizeof data);
    buffer_append_text(&buffer, "ab");
    buffer_append_cut(&buffer, SPAN("cde"));
    assert_true(buffer.overflow);
    buffer_append_cut(&buffer, SPAN("f"));
    assert_span(buffer_span(&buffer), "abcd");
}

static void test_pad(void **state) {
    (void)state;
    char data[4];
    struct buffer buffer;
    buffer_init(&buffer, data, sizeof data);
    buffer_append_byte(&buffer, 'a');
    buffer_pad(&buffer, 3);
    assert_span(buffer_span(&buffer), "a  ");
    buffer_pad(&buffer, 3);
    buffer_pad(&buffer, 1);
    assert_span(buffer_span(&buffer), "a  ");
    buffer_pad(&buffer, 5);
    assert_true(buffer.overflow);
}

static void test_terminate(void **state) {
    (void)state;
    char data[3];
    struct buffer buffer;
    buffer_init(&buffer, data, sizeof data);
    assert_string_equal(buffer_terminate(&buffer), "");
    buffer_append_text(&buffer, "ab");
    assert_string_equal(buffer_terminate(&buffer), "ab");
    assert_int_equal(buffer.size, 2);
    buffer_append_text(&buffer, "c");
    assert_string_equal(buffer_terminate(&buffer), "ab");
}

static void test_signed(void **state) {
    (void)state;
    static const struct {
        int64_t number;
        const char *text;
    } cases[] = {{0, "0"},
                 {-1, "-1"},
                 {INT64_MAX, "9223372036854775807"},
                 {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char data[20];
        struct buffer buffer;
        buffer_init(&buffer, data, sizeof data);
        buffer_append_signed(&buffer, cases[i].number);
        assert_span(buffer_span(&buffer), cases[i].text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),    cmocka_unit_test(test_overflow_is_sticky),
        cmocka_unit_test(test_number),    cmocka_unit_test(test_escaped),
        cmocka_unit_test(test_cut),       cmocka_unit_test(test_pad),
        cmocka_unit_test(test_terminate), cmocka_unit_test(test_signed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
