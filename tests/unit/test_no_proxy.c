/* NO_PROXY, by curl's rules. */
#include "net/no_proxy.h"

#include "support/guard.h"
#include "support/test.h"

static const struct {
    const char *list;
    const char *host;
    bool matches;
} cases[] = {
    {"", "a.example", false},
    {",", "a.example", false},
    {" , ,", "a.example", false},
    {"*", "a.example", true},
    {"*", "192.0.2.1", true},
    {"other, *", "::1", true},
    {"a.example", "a.example", true},
    {"A.Example", "a.eXample", true},
    {"a.example", "a.example.", true},
    {"a.example.", "a.example", true},
    {"example", "a.example", true},
    {".example", "a.example", true},
    {".example", "example", true},
    {"ample", "a.example", false},
    {"b.a.example", "a.example", false},
    {"a.example", "ba.example", false},
    {"x,a.example", "a.example", true},
    {"x a.example y", "a.example", true},
    {"x,\ta.example", "a.example", true},
    {"*.example", "a.example", false},
    {"a.example:443", "a.example", false},
    {".", "a.example", false},
    {"localhost", "localhost", true},
    {"192.0.2.1", "192.0.2.1", true},
    {"192.0.2.1", "192.0.2.10", false},
    {"0.2.1", "192.0.2.1", false},
    {"192.0.2.0/24", "192.0.2.255", true},
    {"192.0.2.0/24", "192.0.3.0", false},
    {"192.0.2.128/25", "192.0.2.127", false},
    {"192.0.2.128/25", "192.0.2.128", true},
    {"192.0.2.1/32", "192.0.2.1", true},
    {"192.0.2.1/0", "10.1.2.3", true},
    {"192.0.2.0/33", "192.0.2.0", false},
    {"192.0.2.0/", "192.0.2.0", false},
    {"192.0.2.0/x", "192.0.2.0", false},
    {"192.0.2.0/-1", "192.0.2.0", false},
    {"192.0.2.0/24", "a.192.0.2.0", false},
    {"2001:db8::/32", "2001:db8:1::1", true},
    {"2001:db8::/32", "2001:db9::1", false},
    {"2001:db8::1", "2001:DB8:0::1", true},
    {"[2001:db8::1]", "2001:db8::1", true},
    {"::/0", "192.0.2.1", false},
    {"0.0.0.0/0", "::1", false},
    {"::1/129", "::1", false},
};

static void test_every_case(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        span list = span_text(cases[i].list);
        span host = span_text(cases[i].host);
        char *list_copy = guard_copy(list);
        char *host_copy = guard_copy(host);
        if (no_proxy_matches((span){list_copy, list.size}, (span){host_copy, host.size}) !=
            cases[i].matches) {
            fail_msg("\"%s\" and %s", cases[i].list, cases[i].host);
        }
        guard_free(list_copy, list.size);
        guard_free(host_copy, host.size);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_case)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
