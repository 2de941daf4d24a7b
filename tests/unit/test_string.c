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
};

static void test_decode(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        span text = span_text(cases[i].text);
        char *copy = guard_copy(text);
        size_t size = 0;
        bool valid = json_string_decode(copy, text.size, &size);
        assert_int_equal(valid, cases[i].decoded != NULL);
        if (valid) {
            assert_span(((span){copy, size}), cases[i].decoded);
        }
        guard_free(copy, text.size);
    }
}

static void test_equals(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *name = cases[i].decoded != NULL ? cases[i].decoded : cases[i].text;
        assert_int_equal(json_string_equals(span_text(cases[i].text), span_text(name)),
                         cases[i].decoded != NULL);
    }
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
