#include "trust/identity.h"

#include "support/test.h"

static const struct {
    const char *dns_name;
    const char *host;
    bool matches;
} cases[] = {
    {"login.pinecone.io", "login.pinecone.io", true},
    {"LOGIN.Pinecone.IO", "login.pinecone.io", true},
    {"login.pinecone.io", "login.pinecone.io.", true},
    {"localhost", "localhost", true},
    {"pinecone.io", "login.pinecone.io", false},
    {"login.pinecone.io", "pinecone.io", false},
    {"login.pinecone.io", "login.pinecone.iox", false},
    {"login.pinecone.io", "xlogin.pinecone.io", false},
    {"*.pinecone.io", "login.pinecone.io", true},
    {"*.PINECONE.io", "Login.pinecone.IO.", true},
    {"*.pinecone.io", "pinecone.io", false},
    {"*.pinecone.io", "a.login.pinecone.io", false},
    {"*.pinecone.io", ".pinecone.io", false},
    {"*.io", "pinecone.io", false},
    {"*", "localhost", false},
    {"*.", "localhost.", false},
    {"*.*", "a.b", false},
    {"l*.pinecone.io", "login.pinecone.io", false},
    {"*n.pinecone.io", "login.pinecone.io", false},
    {"login.*.io", "login.pinecone.io", false},
    {"", "", false},
    {"", "localhost", false},
    {"localhost", "", false},
    {".", ".", false},
};

static void test_names(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool matches =
            identity_matches_name(span_text(cases[i].dns_name), span_text(cases[i].host));
        if (matches != cases[i].matches) {
            fail_msg("%s %s", cases[i].dns_name, cases[i].host);
        }
    }
    /* A NUL in a certificate's name does not end it. */
    assert_false(identity_matches_name(SPAN("localhost\0.evil"), SPAN("localhost")));
}

static const struct {
    const char *name;
    const char *subtree;
    bool is_in;
    bool may_reach;
} subtrees[] = {
    {"a.example", "", true, true},
    {"a.example", "example", true, true},
    {"a.example", "EXAMPLE", true, true},
    {"a.example", "a.example", true, true},
    {"a.example", ".example", true, true},
    {"example", ".example", false, false},
    {"a.example", "ample", false, false},
    {"a.example", "b.a.example", false, false},
    {"a.example", ".a.example", false, false},
    {"*.example", "example", true, true},
    {"*.a.example", "a.example", true, true},
    {"*.a.example", "b.a.example", false, true},
    {"*.a.example", ".b.a.example", false, true},
    {"*.a.example", "c.b.a.example", false, false},
    {"*.a.example", "b.example", false, false},
    {"", "example", false, false},
};

static void test_subtrees(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(subtrees); i++) {
        span name = span_text(subtrees[i].name);
        span subtree = span_text(subtrees[i].subtree);
        if (identity_is_in_subtree(name, subtree) != subtrees[i].is_in ||
            identity_may_reach_subtree(name, subtree) != subtrees[i].may_reach) {
            fail_msg("%s in %s", subtrees[i].name, subtrees[i].subtree);
        }
    }
}

static void test_networks(void **state) {
    (void)state;
    assert_true(identity_is_in_network(SPAN("\x7f\1\2\3"), SPAN("\x7f\0\0\0\xff\0\0\0")));
    assert_false(identity_is_in_network(SPAN("\x7e\1\2\3"), SPAN("\x7f\0\0\0\xff\0\0\0")));
    assert_true(identity_is_in_network(SPAN("\x7e\1\2\3"), SPAN("\0\0\0\0\0\0\0\0")));
    assert_false(identity_is_in_network(SPAN("\x7f\1\2\3"), SPAN("\x7f\0\0\0")));
    assert_false(identity_is_in_network(SPAN("0123456789abcdef"), SPAN("\0\0\0\0\0\0\0\0")));
    assert_true(identity_is_in_network(
        SPAN("0123456789abcdef"),
        SPAN("0123456789abcdee"
             "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfc")));
}

static void test_addresses(void **state) {
    (void)state;
    unsigned char out[16];
    size_t size = 0;
    assert_true(identity_parse_address(SPAN("127.0.0.1"), out, &size));
    assert_int_equal(size, 4);
    assert_memory_equal(out, "\x7f\0\0\x01", 4);
    assert_true(identity_parse_address(SPAN("2001:db8::1"), out, &size));
    assert_int_equal(size, 16);
    assert_memory_equal(out, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
    static const char *const names[] = {"",           "localhost", "127.0.0",    "127.0.0.256",
                                        "127.0.0.1.", "1:2",       "fe80::1%lo", "0x7f.0.0.1"};
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_false(identity_parse_address(span_text(names[i]), out, &size));
    }
    char text[64];
    memset(text, '1', sizeof text);
    assert_false(identity_parse_address((span){text, sizeof text}, out, &size));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_subtrees),
        cmocka_unit_test(test_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
