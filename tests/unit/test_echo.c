#include "oauth/echo.h"

#include "support/test.h"

static void test_is_masked(void **state) {
    static const struct {
        const char *secret, *text, *masked;
    } cases[] = {
        {"hush", "", ""},
        {"hush", "hus", "hus"},
        {"hush", "hush", "****"},
        {"hush", "hushhush", "********"},
        {"hush", "xhushx", "x****x"},
        {"hush", "hhush", "h****"},
        {"hush", "hushush", "****ush"},
        {"hush", "huhushush", "hu****ush"},
        {"hush", "Hush husg iush", "Hush husg iush"},
        {"hush", "hus", "hus"},
        {"aaaa", "aaaaaaaaa", "********a"},
        {"hus", "hush", "hush"},
        {"", "hush", "hush"},
        {"a-longer-secret", "it is a-longer-secret, is it?", "it is ***************, is it?"},
        {"\xc3\xa9\xc3\xa9", "\xc3\xa9\xc3\xa9\xc3", "****\xc3"},
        {"a/+b", "x%61%2F%2bbx", "x**********x"},
        {"a/+b", "%a%2F+b%%2", "%******%%2"},
        {"a/+b", "%2/%61/+b%61/+%62", "%2/**************"},
        {"a/+b", "a%2F%2", "a%2F%2"},
        {"a%2fb%", "a%2Fb% a/b%25 a%2Fb", "****** ****** a%2Fb"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        const struct echo echo = echo_of(span_text(cases[i].secret));
        strcpy(text, cases[i].text);
        echo_mask(&echo, text, strlen(text));
        assert_string_equal(text, cases[i].masked);
    }
}

/* Bytes of every value, NUL and 0xff too, and a text that ends there. */
static void test_bytes(void **state) {
    char text[] = "\0\0\0\0\0\xff\xff\0";
    const struct echo echo = echo_of((span){text + 4, 4});
    (void)state;
    echo_mask(&echo, text, 7);
    assert_memory_equal(text, "\0\0\0\0\0\xff\xff\0\0", sizeof text);
    echo_mask(&echo, text, sizeof text);
    assert_memory_equal(text, "\0\0\0\0****\0", sizeof text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_masked),
        cmocka_unit_test(test_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
