#include "crypto/base64.h"

#include "support/guard.h"
#include "support/test.h"

/* Every digit and every byte that is not one. */
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
        {"Zh==", "f"},               /* unused bits are ignored */
        {"Zm9vYmFyMQ==", "foobar1"}, /* just fits */
        {"Zm9vYmFyenl6", NULL},
        {"Zm9vYmFyMTI=", NULL},
        {"Zm9vYmFyMT\nIz", NULL},
        {"Zm9vYm\nFyM\nQ\n==", "foobar1"},
        {"Zm9vYmFyZm9vYmFy", NULL}, /* longer than the room */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const span text = span_text(cases[i].text);
        for (int at_start = 0; at_start < 2; at_start++) {
            char *copy = at_start ? guard_copy_after(text) : guard_copy(text);
            char *room = guard_copy((span){"123456", 7});
            unsigned char *out = (unsigned char *)room;
            size_t size = 0;
            bool valid = base64_decode((span){copy, text.size}, out, 7, &size);
            if (valid != (cases[i].decoded != NULL)) {
                fail_msg("%s", cases[i].text);
            }
            if (valid) {
                assert_span(((span){room, size}), cases[i].decoded);
            }
            guard_free(copy, text.size);
            guard_free(room, 7);
        }
    }
}

/* Every length, into just enough room, and into one byte less. */
static void test_every_length(void **state) {
    (void)state;
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char bytes[64];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)(i * 89 + 7);
    }
    for (size_t size = 1; size <= sizeof bytes; size++) {
        char text[128];
        size_t length = 0;
        for (size_t i = 0; i < size; i += 3) {
            const unsigned second = i + 1 < size ? bytes[i + 1] : 0;
            const unsigned third = i + 2 < size ? bytes[i + 2] : 0;
            const unsigned group = (unsigned)bytes[i] << 16 | second << 8 | third;
            text[length++] = digits[group >> 18];
            text[length++] = digits[group >> 12 & 63];
            text[length++] = i + 1 < size ? digits[group >> 6 & 63] : '=';
            text[length++] = i + 2 < size ? digits[group & 63] : '=';
        }
        char *copy = guard_copy((span){text, length});
        char *room = guard_copy((span){text, size});
        size_t decoded = 0;
        assert_true(base64_decode((span){copy, length}, (unsigned char *)room, size, &decoded));
        assert_int_equal(decoded, size);
        assert_memory_equal(room, bytes, size);
        assert_false(
            base64_decode((span){copy, length}, (unsigned char *)room, size - 1, &decoded));
        guard_free(copy, length);
        guard_free(room, size);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alphabet),
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
