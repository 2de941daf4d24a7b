#include "trust/identity.h"

#include "support/guard.h"
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
    /* Only '*' and a dot after it are a wildcard: no other first two characters are skipped. */
    {"a.pinecone.io", "b.pinecone.io", false},
    {"ab.pinecone.io", "b.pinecone.io", false},
    {"*npinecone.io", "login.pinecone.io", false},
    {"*xpinecone.io", "login.pinecone.io", false},
    {".pinecone.io", "login.pinecone.io", false},
    {"..pinecone.io", "login.pinecone.io", false},
    {"*", "*", true},
    {"*.", "*..", false},
    {"*", "a.b.c", false},
    {"*.pinecone.io", "login.", false},
    {"*.pinecone.io", "login", false},
    {"*.pinecone.io", "", false},
    {"*.pinecone.io", "*.pinecone.io", true},
    {"*.a.b", "c.a.b", true},
    {"*.ab", "c.ab", false},
    {"*..b", "c..b", true},
    {"a", "a..", false},
    {"a", "ax", false},
    {"a.", "a.", false},
    {"", "", false},
    {"", "localhost", false},
    {"localhost", "", false},
    {".", ".", false},
};

static void test_names(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        span dns_name = span_text(cases[i].dns_name);
        span host = span_text(cases[i].host);
        char *name_end = guard_copy(dns_name);
        char *host_end = guard_copy(host);
        char *name_start = guard_copy_after(dns_name);
        char *host_start = guard_copy_after(host);
        bool at_end =
            identity_matches_name((span){name_end, dns_name.size}, (span){host_end, host.size});
        bool at_start =
            identity_matches_name((span){name_start, dns_name.size}, (span){host_start, host.size});
        if (at_end != cases[i].matches || at_start != cases[i].matches) {
            fail_msg("%s %s", cases[i].dns_name, cases[i].host);
        }
        guard_free(name_end, dns_name.size);
        guard_free(host_end, host.size);
        guard_free(name_start, dns_name.size);
        guard_free(host_start, host.size);
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
    {"", ".example", false, false},
    {"", ".", false, false},
    {".", ".", false, false},
    {"..", ".", false, false},
    {"*", ".*", false, true},
    {"a", "b", false, false},
    {"ba.example", "a.example", false, false},
    {"a.example", "xample", false, false},
    {"a.example", ".", false, false},
    {"x.example", "b.example", false, false},
    {"*", "a.b", false, false},
    {"*.a.example", "*", false, false},
    {"a.example", "x.a.example", false, false},
    /* Without its wildcard it is not in the subtree; a '*' in the middle has no meaning. */
    {"x.a.example", "b.a.example", false, false},
    {"b*.a.example", "b.a.example", false, false},
};

static void test_subtrees(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(subtrees); i++) {
        char *name_copy = guard_copy(span_text(subtrees[i].name));
        char *subtree_copy = guard_copy(span_text(subtrees[i].subtree));
        span name = {name_copy, strlen(subtrees[i].name)};
        span subtree = {subtree_copy, strlen(subtrees[i].subtree)};
        if (identity_is_in_subtree(name, subtree) != subtrees[i].is_in ||
            identity_may_reach_subtree(name, subtree) != subtrees[i].may_reach) {
            fail_msg("%s in %s", subtrees[i].name, subtrees[i].subtree);
        }
        guard_free(name_copy, name.size);
        guard_free(subtree_copy, subtree.size);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_subtrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
