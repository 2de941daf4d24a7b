#include "base/ip.h"
#include "support/test.h"

#include <string.h>

static void test_networks(void **state) {
    (void)state;
    assert_true(ip_is_in_network(SPAN("\x7f\1\2\3"), SPAN("\x7f\0\0\0\xff\0\0\0")));
    assert_false(ip_is_in_network(SPAN("\x7e\1\2\3"), SPAN("\x7f\0\0\0\xff\0\0\0")));
    assert_true(ip_is_in_network(SPAN("\x7e\1\2\3"), SPAN("\0\0\0\0\0\0\0\0")));
    assert_false(ip_is_in_network(SPAN("\x7f\1\2\3"), SPAN("\x7f\0\0\0")));
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
    char text[64];
    memset(text, '1', sizeof text);
    assert_false(ip_parse((span){text, sizeof text}, out, &size));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
