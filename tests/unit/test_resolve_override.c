#include "net/resolve_override.h"

#include "support/guard.h"
#include "support/test.h"

static const char *const valid[] = {
    "h:1:192.0.2.1",
    "h.example:65535:192.0.2.1,192.0.2.2",
    "h:443:2001:db8::1",
    "h:443:[2001:db8::1]",
    "h:443:192.0.2.1,[::1],::2",
    "h:1:[192.0.2.1]",
    "h:0443:192.0.2.1",
    "h:443:::1",
    "h:443:1.2.3.4,",
    "*:443:1.2.3.4",
    "+h:443:1.2.3.4",
    "+*:443:1.2.3.4",
    "1.2.3.4:443:1.2.3.4",
};
static const char *const invalid[] = {
    "",
    "h",
    "h:443",
    "h:443:",
    ":443:192.0.2.1",
    "h::192.0.2.1",
    "h:0:1.2.3.4",
    "h:65536:1.2.3.4",
    "h:x:1.2.3.4",
    "h:443:name",
    "h:443:1.2.3",
    "h:443:1.2.3.4,,",
    "h:443:,1.2.3.4",
    "h:443:1.2.3.4,x",
    "h:443:[::1",
    "h:443:::1]",
    "h:443:[",
    "h:443:]",
    "h:443:[]",
    "h:443:[[::1]]",
    "h:443:(::1)",
    "h:443:name,1.2.3.4",
    "h:443:1.2.3.4 ",
    "h:-1:1.2.3.4",
    "h",
    "h:",
    ":",
    "::",
    ":::",
    "[::1]:443:1.2.3.4",
    "-h:443",
    "-h:443:1.2.3.4",
    "+:443:1.2.3.4",
    "++h:443:1.2.3.4",
    "**:443:1.2.3.4",
    "*.h:443:1.2.3.4",
    "a b:443:1.2.3.4",
    " h:443:1.2.3.4",
};

static void test_form(void **state) {
    (void)state;
    for (size_t i = 0; i < 2 * (COUNT(valid) + COUNT(invalid)); i++) {
        size_t row = i / 2;
        bool is_valid = row < COUNT(valid);
        pinetoken_error error = {0};
        span text = span_text(is_valid ? valid[row] : invalid[row - COUNT(valid)]);
        char *copy = i % 2 ? guard_copy_after(text) : guard_copy(text);
        if (resolve_override_check((span){copy, text.size}, &error) != is_valid) {
            fail_msg("%s", text.data);
        }
        guard_free(copy, text.size);
        if (!is_valid) {
            assert_int_equal(error.status, PINETOKEN_USAGE);
            assert_message(error, "HOST:PORT:ADDRESS");
        }
    }
}

static void test_find(void **state) {
    (void)state;
    const char *const entries[] = {"other:443:192.0.2.9", "name:444:192.0.2.8",
                                   "name:443:192.0.2.7",
                                   "Name:443:192.0.2.1,[2001:db8::1],192.0.2.2", NULL};
    struct addresses addresses = {.count = 5};
    assert_true(
        resolve_override_find(entries, SPAN("nAME"), 443, PINETOKEN_FAMILY_ANY, &addresses));
    assert_int_equal(addresses.count, 3);
    assert_int_equal(ntohl(addresses.list[0].v4.sin_addr.s_addr), 0xc0000201);
    assert_int_equal(ntohs(addresses.list[0].v4.sin_port), 443);
    assert_int_equal(addresses.list[1].any.sa_family, AF_INET6);
    assert_int_equal(ntohs(addresses.list[1].v6.sin6_port), 443);
    assert_true(
        resolve_override_find(entries, SPAN("name"), 443, PINETOKEN_FAMILY_IPV6, &addresses));
    assert_int_equal(addresses.count, 1);
    assert_true(
        resolve_override_find(entries, SPAN("name"), 444, PINETOKEN_FAMILY_IPV6, &addresses));
    assert_int_equal(addresses.count, 0);
    assert_false(
        resolve_override_find(entries, SPAN("name"), 445, PINETOKEN_FAMILY_ANY, &addresses));
    assert_false(
        resolve_override_find(entries, SPAN("nam"), 443, PINETOKEN_FAMILY_ANY, &addresses));
    assert_false(
        resolve_override_find(entries, SPAN("names"), 443, PINETOKEN_FAMILY_ANY, &addresses));
    /* Of those for all hosts, the last one too; after those for this one. */
    const char *const wild[] = {"*:443:192.0.2.3", "+*:443:192.0.2.4", "+name:443:192.0.2.5",
                                "*:443:192.0.2.6", NULL};
    assert_true(resolve_override_find(wild, SPAN("name"), 443, PINETOKEN_FAMILY_ANY, &addresses));
    assert_int_equal(ntohl(addresses.list[0].v4.sin_addr.s_addr), 0xc0000205);
    assert_true(resolve_override_find(wild, SPAN("other"), 443, PINETOKEN_FAMILY_ANY, &addresses));
    assert_int_equal(addresses.count, 1);
    assert_int_equal(ntohl(addresses.list[0].v4.sin_addr.s_addr), 0xc0000206);
    assert_false(resolve_override_find(wild, SPAN("name"), 444, PINETOKEN_FAMILY_ANY, &addresses));
    /* An invalid override is skipped, and so is an invalid address. */
    const char *const odd[] = {
        "name", "name:443", ":443:192.0.2.3", "name:0:192.0.2.3", "name:443:192.0.2.4,x,192.0.2.5,",
        NULL};
    assert_true(resolve_override_find(odd, SPAN("name"), 443, PINETOKEN_FAMILY_ANY, &addresses));
    assert_int_equal(addresses.count, 2);
    assert_int_equal(ntohl(addresses.list[0].v4.sin_addr.s_addr), 0xc0000204);
    assert_int_equal(ntohl(addresses.list[1].v4.sin_addr.s_addr), 0xc0000205);
    assert_false(resolve_override_find(odd, SPAN("name"), 0, PINETOKEN_FAMILY_ANY, &addresses));
    assert_false(resolve_override_find(odd, SPAN(""), 443, PINETOKEN_FAMILY_ANY, &addresses));
    const char *const none[] = {NULL};
    assert_false(resolve_override_find(none, SPAN("name"), 443, PINETOKEN_FAMILY_ANY, &addresses));
    assert_false(resolve_override_find(NULL, SPAN("name"), 443, PINETOKEN_FAMILY_ANY, &addresses));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_form), cmocka_unit_test(test_find)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
