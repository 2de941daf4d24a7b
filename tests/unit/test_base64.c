#include "crypto/base64.h"

#include "support/test.h"

/* Every digit and every byte that is none. */
static void test_alphabet(void **state) {
    (void)state;
    const char *digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int byte = 1; byte < 256; byte++) {
        const char text[4] = {(char)byte, 'A', '=', '='};
        const char *digit = strchr(digits, byte);
        unsigned char out[1];
        size_t size = 0;
        bool valid = base64_decode((span){text, sizeof text}, out, sizeof out, &size);
        /* After a line end, "A==" is too short. */
        assert_int_equal(valid, digit != NULL);
        if (digit != NULL) {
            assert_int_equal(size, 1);
            assert_int_equal(out[0], (digit - digits) << 2);
        }
    }
}

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
        {"Zm9v\r\n", "foo"},
        {"Zm9v \r\n", "foo"},
        {"\r\nZm9v", "foo"},
        {"\n\n", ""},
        {" \n", ""},
        {"Z\nm\n9\nv", "foo"},
        {"Zg=\r\n=\r\n", "f"},
        {"Zg==\r", NULL},
        {"Zg==x", NULL},
        {"Zm9v\n\r", NULL},
        {"Zm9v!", NULL},
        {"Zm9v  \r\nYm  \n", NULL},
        {"Zm9v  \r\nYmFy  \n  ", "foobar"},
        {"Zm9v YmFy", NULL}, /* a space inside a line */
        {"Zm9v\rYmFy", NULL},
        {"Zm9v\r", NULL},
        {"Zm9v ", "foo"},
        {"Zm9v\xc3", NULL},
        {"Z", NULL},
        {"Zg", NULL},
        {"Zg=", NULL},
        {"Z===", NULL},
        {"=", NULL},
        {"====", NULL},
        {"Zm9v=", NULL},
        {"Zg===", NULL},
        {"Zm8==", NULL},
        {"Zg==Zg==", NULL},
        {"Zm9vYg=\n=\n", "foob"},
        {"Zh==", "f"},               /* bits that count for nothing are passed over */
        {"Zm9vYmFyMQ==", "foobar1"}, /* just fits */
        {"Zm9vYmFyenl6", NULL},
        {"Zm9vYmFyMTI=", NULL},
        {"Zm9vYmFyMT\nIz", NULL},
        {"Zm9vYm\nFyM\nQ\n==", "foobar1"},
        {"Zm9vYmFyZm9vYmFy", NULL}, /* longer than there is room */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned char out[7];
        size_t size = 0;
        bool valid = base64_decode(span_text(cases[i].text), out, sizeof out, &size);
        assert_int_equal(valid, cases[i].decoded != NULL);
        if (valid) {
            assert_span(((span){(const char *)out, size}), cases[i].decoded);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alphabet),
        cmocka_unit_test(test_decode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
