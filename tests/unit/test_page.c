/* Pages of a list: which array, which token leads to the next one, and whatever else may arrive. */
#include "api/page.h"
#include "support/test.h"

static bool read(const char *text, struct page *page, pinetoken_error *error) {
    static char body[8192];
    size_t size = strlen(text);
    assert_true(size <= sizeof body);
    memcpy(body, text, size);
    return page_read(body, size, page, error);
}

static void test_pages(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *elements;
        const char *next;
    } cases[] = {
        {"{\"data\":[]}", "", ""},
        {"{\"data\":[ \t\r\n ]}", "", ""},
        {"{\"data\":[ {\"a\":[1]} , 2 ]}", "{\"a\":[1]} , 2", ""},
        {"{\"pagination\":{\"next\":\"x\"},\"vectors\":[1]}", "1", "x"},
        {"{\"a\":[1],\"pagination\":{\"next\":\"\\u00e9\\/+ =&\"}}", "1", "%C3%A9%2F%2B+%3D%26"},
        {"{\"a\":[1],\"b\":[2],\"pagination\":{}}", "1", ""},
        {"{\"a\":[1],\"pagination\":null}", "1", ""},
        {"{\"a\":[1],\"pagination\":{\"next\":null,\"more\":{\"next\":\"x\"}}}", "1", ""},
        {"{\"pagination\":[1]}", "1", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct page page;
        pinetoken_error error = {0};
        bool done = read(cases[i].text, &page, &error);
        if (i == COUNT(cases) - 1) {
            /* If it is asked for by name, it is not a list. */
            assert_false(done);
            continue;
        }
        assert_true(done);
        assert_span(page.elements, cases[i].elements);
        assert_string_equal(page.next, cases[i].next);
    }
}

static void test_what_is_no_page(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *part;
    } cases[] = {
        {"", "not an object"},
        {"[1]", "not an object"},
        {"{\"data\":{}}", "no list in it"},
        {"{\"data\":[1]", "comma"},
        {"{\"data\":[1],\"pagination\":{\"next\":\"\"}}", "empty or too long"},
        {"{\"data\":[1],\"pagination\":{\"next\":\"\\ud800\"}}", "surrogate"},
        {"{\"data\":[1],\"pagination\":{\"next\":\"x\",\"next\":\"y\"}}", "twice"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct page page;
        pinetoken_error error = {0};
        assert_false(read(cases[i].text, &page, &error));
        assert_int_equal(error.status, PINETOKEN_PROTOCOL);
        assert_message(error, cases[i].part);
    }
}

static void test_long_next(void **state) {
    (void)state;
    char text[4096] = "{\"data\":[1],\"pagination\":{\"next\":\"";
    size_t start = strlen(text);
    struct page page;
    pinetoken_error error = {0};
    for (size_t size = sizeof page.next - 2; size <= sizeof page.next; size++) {
        memset(text + start, 'x', size);
        memcpy(text + start + size, "\"}}", 4);
        assert_int_equal(read(text, &page, &error), size < sizeof page.next);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_what_is_no_page),
        cmocka_unit_test(test_long_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
