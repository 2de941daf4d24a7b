#include "json/utf8.h"

#include "support/guard.h"
#include "support/test.h"

/* RFC 3629's numbers, by arithmetic that shares nothing with the decoder: every code point. */
static void test_every_code_point(void **state) {
    (void)state;
    for (uint32_t code = 0; code <= 0x110000; code++) {
        unsigned char bytes[4];
        size_t size = 0;
        if (code < 0x80) {
            bytes[size++] = (unsigned char)code;
        } else if (code < 0x800) {
            bytes[size++] = (unsigned char)(192 + code / 64);
            bytes[size++] = (unsigned char)(128 + code % 64);
        } else if (code < 0x10000) {
            bytes[size++] = (unsigned char)(224 + code / 4096);
            bytes[size++] = (unsigned char)(128 + code / 64 % 64);
            bytes[size++] = (unsigned char)(128 + code % 64);
        } else {
            bytes[size++] = (unsigned char)(240 + code / 262144);
            bytes[size++] = (unsigned char)(128 + code / 4096 % 64);
            bytes[size++] = (unsigned char)(128 + code / 64 % 64);
            bytes[size++] = (unsigned char)(128 + code % 64);
        }
        bool is_character = code < 0x110000 && (code < 0xd800 || code > 0xdfff);
        span text = {(const char *)bytes, size};
        assert_int_equal(utf8_size_at(text, 0), is_character ? size : 0);
        if (is_character) {
            char encoded[4];
            assert_int_equal(utf8_encode(code, encoded), size);
            assert_memory_equal(encoded, bytes, size);
        }
    }
}

static void test_invalid(void **state) {
    (void)state;
    static const char *const cases[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xc2",
        "\xc2\x41",
        "\xe0\x9f\xbf",
        "\xe0\xa0",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf",
        "\xf0\x90\x80",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xfe",
        "a\xc3",
        "\xe2\x82\x41",
        "\xf0\x9f\x98\x41",
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        span text = span_text(cases[i]);
        char *copy = guard_copy(text);
        assert_false(utf8_is_valid((span){copy, text.size}));
        guard_free(copy, text.size);
    }
}

/* Unicode's table 3-7, over every first two bytes with continuations after them. */
static void test_every_start(void **state) {
    (void)state;
    static const struct {
        unsigned first, last; /* of the first byte */
        unsigned low, high;   /* of the second one */
        size_t size;
    } table[] = {
        {0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        const char bytes[] = {(char)(pair >> 8), (char)pair, '\x80', '\xbf'};
        size_t expected = 0;
        for (size_t i = 0; i < COUNT(table); i++) {
            if (pair >> 8 >= table[i].first && pair >> 8 <= table[i].last &&
                (pair & 0xff) >= table[i].low && (pair & 0xff) <= table[i].high) {
                expected = table[i].size;
            }
        }
        assert_int_equal(utf8_size_at((span){bytes, sizeof bytes}, 0), expected);
    }
}

/* The third and the fourth byte, whatever they are. */
static void test_every_continuation(void **state) {
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        const bool continues = byte >= 0x80 && byte <= 0xbf;
        const char three[] = {'\xe2', '\x82', (char)byte};
        const char four[] = {'\xf1', '\x80', '\x80', (char)byte};
        const char middle[] = {'\xf1', '\x80', (char)byte, '\x80'};
        assert_int_equal(utf8_size_at((span){three, 3}, 0), continues ? 3 : 0);
        assert_int_equal(utf8_size_at((span){four, 4}, 0), continues ? 4 : 0);
        assert_int_equal(utf8_size_at((span){middle, 4}, 0), continues ? 4 : 0);
    }
}

/* A character that ends right at the end of the text, and one that does not start at its start. */
static void test_position(void **state) {
    (void)state;
    const span text = SPAN("ab\xe2\x82\xac");
    char *copy = guard_copy(text);
    assert_int_equal(utf8_size_at((span){copy, text.size}, 2), 3);
    assert_int_equal(utf8_size_at((span){copy, text.size}, 1), 1);
    assert_int_equal(utf8_size_at((span){copy, text.size - 1}, 2), 0);
    assert_int_equal(utf8_size_at((span){copy, text.size - 2}, 2), 0);
    guard_free(copy, text.size);
}

static void test_valid(void **state) {
    (void)state;
    assert_true(utf8_is_valid(SPAN("")));
    assert_true(utf8_is_valid((span){NULL, 0}));
    assert_true(utf8_is_valid(SPAN("a\0\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_point),
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_every_start),
        cmocka_unit_test(test_every_continuation),
        cmocka_unit_test(test_position),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
