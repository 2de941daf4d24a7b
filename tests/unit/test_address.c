#include "net/address.h"

#include "support/test.h"

#include <arpa/inet.h>

/* Compared with the C library, over the addresses that differ in how they are shortened. */
static void check_v6(const unsigned char bytes[16]) {
    union address address = {.v6 = {.sin6_family = AF_INET6}};
    char text[INET6_ADDRSTRLEN];
    unsigned char back[16];
    memcpy(&address.v6.sin6_addr, bytes, 16);
    address_text(&address, text);
    assert_int_equal(inet_pton(AF_INET6, text, back), 1);
    assert_memory_equal(back, bytes, sizeof back);
#ifdef __GLIBC__
    /* RFC 5952 4; musl shortens the last of two runs, not the first. */
    char expected[INET6_ADDRSTRLEN];
    assert_non_null(inet_ntop(AF_INET6, bytes, expected, sizeof expected));
    assert_string_equal(text, expected);
#endif
}

static void test_v6(void **state) {
    (void)state;
    /* Each of the eight groups zero or not, in every combination; the last groups full, so that
     * none reads as an IPv4 address within an IPv6 one, which the C library writes with dots. */
    static const unsigned values[] = {0x1, 0x10, 0xabc, 0xffff};
    for (unsigned zeros = 0; zeros < 256; zeros++) {
        for (size_t i = 0; i < COUNT(values); i++) {
            unsigned char bytes[16] = {0};
            for (unsigned group = 0; group < 8; group++) {
                if ((zeros >> group & 1) == 0) {
                    bytes[2 * group] = (unsigned char)(values[i] >> 8);
                    bytes[2 * group + 1] = (unsigned char)(values[i] & 0xff);
                }
            }
            bool mapped = (zeros & 0x1f) == 0x1f && (zeros & 0x20) == 0 && values[i] == 0xffff;
            bool compatible = (zeros & 0x3f) == 0x3f && (zeros & 0x40) == 0;
            if (!mapped && !compatible) {
                check_v6(bytes);
            }
        }
    }
}

static void test_v4(void **state) {
    (void)state;
    union address address = {.v4 = {.sin_family = AF_INET}};
    char text[INET6_ADDRSTRLEN];
    address.v4.sin_addr.s_addr = htonl(0xc0000201);
    address_text(&address, text);
    assert_string_equal(text, "192.0.2.1");
    assert_int_equal(address_size(&address), sizeof(struct sockaddr_in));
    address.v4.sin_addr.s_addr = 0xffffffff;
    address_text(&address, text);
    assert_string_equal(text, "255.255.255.255");
}

static void test_longest(void **state) {
    (void)state;
    union address address = {.v6 = {.sin6_family = AF_INET6}};
    char text[INET6_ADDRSTRLEN];
    memset(&address.v6.sin6_addr, 0xff, 16);
    address_text(&address, text);
    assert_string_equal(text, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    assert_int_equal(address_size(&address), sizeof(struct sockaddr_in6));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_v6),
        cmocka_unit_test(test_v4),
        cmocka_unit_test(test_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
