#include "net/resolve_override.h"

#include "support/guard.h"
#include "support/test.h"

static const char *const valid[] = {
    "h:1:192.0.2.1",       "h.example:65535:192.0.2.1,192.0.2.2", "h:443:2001:db8::1",
    "h:443:[2001:db8::1]", "h:443:192.0.2.1,[::1],::2",
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
};

static void test_form(void **state) {
    (void)state;
    pinetoken_error error;
    for (size_t i = 0; i < COUNT(valid) + COUNT(invalid); i++) {
        bool is_valid = i < COUNT(valid);
        span text = span_text(is_valid ? valid[i] : invalid[i - COUNT(valid)]);
        char *copy = guard_copy(text);
        if (resolve_override_check((span){copy, text.size}, &error) != is_valid) {
            fail_msg("%s", text.data);
        }
        guard_free(copy, text.size);
    }
    assert_int_equal(error.status, PINETOKEN_USAGE);
    assert_message(error, "HOST:PORT:ADDRESS");
}

static void test_find(void **state) {
    (void)state;
    const char *const entries[] = {"other:443:192.0.2.9", "name:444:192.0.2.8",
                                   "Name:443:192.0.2.1,[2001:db8::1],192.0.2.2",
                                   "name:443:192.0.2.7", NULL};
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
    assert_false(resolve_override_find(NULL, SPAN("name"), 443, PINETOKEN_FAMILY_ANY, &addresses));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_form), cmocka_unit_test(test_find)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
