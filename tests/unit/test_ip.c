#include "base/ip.h"

#include "support/guard.h"
#include "support/test.h"

#include <string.h>

static void test_networks(void **state) {
    (void)state;
    assert_true(ip_is_in_network(SPAN("\x7f\1\2\3"), SPAN("\x7f\0\0\0\xff\0\0\0")));
    assert_false(ip_is_in_network(SPAN("\x7e\1\2\3"), SPAN("\x7f\0\0\0\xff\0\0\0")));
    assert_true(ip_is_in_network(SPAN("\x7e\1\2\3"), SPAN("\0\0\0\0\0\0\0\0")));
    assert_false(ip_is_in_network(SPAN("\x7f\1\2\3"), SPAN("\x7f\0\0\0")));
    assert_false(ip_is_in_network(SPAN("\x7f\1\2\3"), SPAN("\x7f\0\0\0\xff\0\0\0\0")));
    /* Every byte counts: 127.1.2.3 is not in 127.2.0.0/16, nor 10.1.2.3 in 10.1.3.0/24. */
    assert_false(ip_is_in_network(SPAN("\x7f\1\2\3"), SPAN("\x7f\2\0\0\xff\xff\0\0")));
    assert_true(ip_is_in_network(SPAN("\x7f\2\2\3"), SPAN("\x7f\2\0\0\xff\xff\0\0")));
    assert_false(ip_is_in_network(SPAN("\x0a\1\2\3"), SPAN("\x0a\1\3\0\xff\xff\xff\0")));
    assert_false(ip_is_in_network(SPAN("\xff\1\2\3"), SPAN("\x7f\1\2\3\x80\0\0\0")));
    for (size_t i = 0; i < 4; i++) {
        char network[8] = "\x0a\x0b\x0c\x0d";
        network[4 + i] = '\xff';
        assert_true(ip_is_in_network(SPAN("\x0a\x0b\x0c\x0d"), (span){network, 8}));
        network[i] = 0;
        assert_false(ip_is_in_network(SPAN("\x0a\x0b\x0c\x0d"), (span){network, 8}));
    }
    assert_false(ip_is_in_network(SPAN("0123456789abcdef"), SPAN("\0\0\0\0\0\0\0\0")));
    assert_true(
        ip_is_in_network(SPAN("0123456789abcdef"),
                         SPAN("0123456789abcdee"
                              "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfc")));
}

static void test_addresses(void **state) {
    (void)state;
    unsigned char out[16];
    size_t size = 0;
    assert_true(ip_parse(SPAN("127.0.0.1"), out, &size));
    assert_int_equal(size, 4);
    assert_memory_equal(out, "\x7f\0\0\x01", 4);
    assert_true(ip_parse(SPAN("2001:db8::1"), out, &size));
    assert_int_equal(size, 16);
    assert_memory_equal(out, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
    static const char *const names[] = {"",           "localhost", "127.0.0",    "127.0.0.256",
                                        "127.0.0.1.", "1:2",       "fe80::1%lo", "0x7f.0.0.1"};
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_false(ip_parse(span_text(names[i]), out, &size));
    }
    /* The longest there is, and what is too long to be one: neither is read past its end. */
    const span longest = SPAN("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255");
    char *copy = guard_copy(longest);
    assert_true(ip_parse((span){copy, longest.size}, out, &size));
    assert_int_equal(size, 16);
    guard_free(copy, longest.size);
    char text[64];
    memset(text, '1', sizeof text);
    for (size_t length = 40; length <= sizeof text; length++) {
        assert_false(ip_parse((span){text, length}, out, &size));
    }
}

/* Bit by bit: addresses that differ in one bit have all bits before it in common. */
static void test_prefixes(void **state) {
    (void)state;
    const unsigned char zeros[16] = {0};
    for (size_t bit = 0; bit < 128; bit++) {
        unsigned char other[16] = {0};
        other[bit / 8] = (unsigned char)(0x80 >> bit % 8);
        for (size_t bits = 0; bits <= 128; bits++) {
            assert_int_equal(ip_has_prefix(zeros, other, bits), bits <= bit);
            assert_int_equal(ip_has_prefix(other, zeros, bits), bits <= bit);
        }
    }
    /* Nothing is read past the last byte that counts. */
    char *copy = guard_copy(SPAN("\x0a\x0b\x0c\x0d"));
    const unsigned char *bytes = (const unsigned char *)copy;
    assert_true(ip_has_prefix(bytes, bytes, 32));
    assert_true(ip_has_prefix(bytes, bytes, 25));
    guard_free(copy, 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
