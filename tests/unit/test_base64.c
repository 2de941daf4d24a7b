#include "crypto/base64.h"

#include "support/test.h"

static void test_decode(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *decoded; /* NULL: not base64 */
    } cases[] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9v\nYmFy\n", "foobar"},
        {"Zm9v\r\nYmFy", "foobar"},
        {"Zm9v!", NULL},
        {"Zg", NULL},
        {"Z===", NULL},
        {"Zm9vYmFyZm9vYmFy", NULL}, /* longer than there is room */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned char out[8];
        size_t size = 0;
        bool valid = base64_decode(span_text(cases[i].text), out, sizeof out, &size);
        assert_int_equal(valid, cases[i].decoded != NULL);
        if (valid) {
            assert_span(((span){(const char *)out, size}), cases[i].decoded);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_decode)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
