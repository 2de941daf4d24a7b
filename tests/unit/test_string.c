#include "json/string.h"

#include "support/guard.h"
#include "support/test.h"

static const struct {
    const char *text;
    const char *decoded; /* NULL: no characters */
} cases[] = {
    {"", ""},
    {"plain", "plain"},
    {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
    {"\\u0041\\u00fc\\u20ac", "A\xc3\xbc\xe2\x82\xac"},
    {"\\uD83D\\uDE00", "\xf0\x9f\x98\x80"},
    {"\\ud800\\udc00", "\xf0\x90\x80\x80"},
    {"\\udbff\\udfff", "\xf4\x8f\xbf\xbf"},
    {"\\ud7ff\\ue000", "\xed\x9f\xbf\xee\x80\x80"},
    {"x\\ud83d", NULL},
    {"\\ud83dx", NULL},
    {"\\ud83d\\n1234", NULL},
    {"\\ud83d\\u0041", NULL},
    {"\\ud83d\\ud83d", NULL},
    {"\\ud83d\\ue000", NULL},
    {"\\ude00", NULL},
    {"\\ude00\\ud83d", NULL},
    {"\\ud83d\\ndc00", NULL},
    {"\\ud83d\\udbff", NULL},
    {"\\ud83d\\ue000", NULL},
    {"\\ud83d_udc00", NULL},
    {"\\ud83d\\\\udc00", NULL},
    {"\\udc00\\udc00", NULL},
    {"\\udfff", NULL},
    {"\\udfff\\udfff", NULL},
    {"\\udc00", NULL},
    {"\\udbff", NULL},
    {"\\ud800", NULL},
    {"\\ud83d\\ude00x", "\xf0\x9f\x98\x80x"},
    {"x\\ud83d\\ude00\\ud83d\\ude01y", "x\xf0\x9f\x98\x80\xf0\x9f\x98\x81y"},
    {"\\ud83d\\ude00\\ude00", NULL},
    {"\\uD7FF", "\xed\x9f\xbf"},
    {"\\uE000", "\xee\x80\x80"},
    {"\\u007f\\u0080\\u07ff\\u0800", "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80"},
    {"\\u1234\\uabcd\\uABCD", "\xe1\x88\xb4\xea\xaf\x8d\xea\xaf\x8d"},
    {"a\\nb\\\\c", "a\nb\\c"},
};

static void test_decode(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        span text = span_text(cases[i].text);
        for (int at_start = 0; at_start < 2; at_start++) {
            char *copy = at_start ? guard_copy_after(text) : guard_copy(text);
            size_t size = 77;
            bool valid = json_string_decode(copy, text.size, &size);
            if (valid != (cases[i].decoded != NULL)) {
                fail_msg("%s", cases[i].text);
            }
            if (valid) {
                assert_span(((span){copy, size}), cases[i].decoded);
            }
            guard_free(copy, text.size);
        }
    }
}

static void test_equals(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *name = cases[i].decoded != NULL ? cases[i].decoded : cases[i].text;
        span text = span_text(cases[i].text);
        char *text_copy = guard_copy(text);
        char *name_copy = guard_copy(span_text(name));
        const span copied = {text_copy, text.size};
        assert_int_equal(json_string_equals(copied, (span){name_copy, strlen(name)}),
                         cases[i].decoded != NULL);
        /* One character less, and another one at the end. */
        if (name[0] != '\0') {
            assert_false(json_string_equals(copied, (span){name_copy, strlen(name) - 1}));
            name_copy[strlen(name) - 1] ^= 1;
            assert_false(json_string_equals(copied, (span){name_copy, strlen(name)}));
        }
        guard_free(text_copy, text.size);
        guard_free(name_copy, strlen(name));
    }
    assert_false(json_string_equals(SPAN("a\\ud800"), SPAN("a")));
    assert_false(json_string_equals(SPAN("\\ud800a"), SPAN("a")));
    assert_false(json_string_equals(SPAN("\\ud83d"), SPAN("")));
    assert_false(json_string_equals(SPAN("abc"), SPAN("ab")));
    assert_false(json_string_equals(SPAN("ab"), SPAN("abc")));
    assert_false(json_string_equals(SPAN("\\u00fc"), SPAN("\xc3")));
    assert_false(json_string_equals(SPAN("\\u0000"), SPAN("")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_equals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
