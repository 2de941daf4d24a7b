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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_subtrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
