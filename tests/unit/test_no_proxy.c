/* NO_PROXY, with curl's rules. */
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
    {"::1/128", "::1", true},
    {"::1/127", "::", true},
    {"::2/127", "::1", false},
    /* A mask that ends within a byte: no bit before its end is left out, none after it counts. */
    {"192.0.2.128/25", "192.0.2.200", true},
    {"192.0.2.128/26", "192.0.2.200", false},
    {"192.0.2.192/26", "192.0.2.200", true},
    {"192.0.2.0/31", "192.0.2.1", true},
    {"192.0.2.0/31", "192.0.2.2", false},
    {"192.0.2.0/31", "192.0.3.0", false},
    {"128.0.0.0/1", "255.0.0.1", true},
    {"128.0.0.0/1", "127.0.0.1", false},
    {"10.0.0.0/7", "11.255.0.1", true},
    {"10.0.0.0/7", "12.0.0.1", false},
    {"192.0.2.1/8", "192.9.9.9", true},
    {"192.0.2.1/9", "192.128.9.9", false},
    {"2001:db8:8000::/33", "2001:db8:ffff::1", true},
    {"2001:db8:8000::/33", "2001:db8:7fff::1", false},
    {"192.0.2.1/24/24", "192.0.2.1", false},
    {"/24", "192.0.2.1", false},
    /* The entries of a list are each their own. */
    {"x,localhost", "localhost", true},
    {"localhost,x", "localhost", true},
    {"x\tlocalhost", "localhost", true},
    {"x localhost", "localhost", true},
    {"x,,localhost", "localhost", true},
    {"x,localhosty", "localhost", false},
    {"xlocalhost", "localhost", false},
    {"x;localhost", "localhost", false},
    {"x\nlocalhost", "localhost", false},
    {"local,host", "localhost", false},
    {"10.0.0.1,192.0.2.1", "192.0.2.1", true},
    {"*x", "a.example", false},
    {"**", "a.example", false},
    {"x*", "x", false},
    /* One leading and one trailing dot are ignored, no more and nothing else. */
    {"..example", "a.example", false},
    {"..example", "example", false},
    {"example..", "example", false},
    {".example.", "a.example.", true},
    {"..", "a.example", false},
    {"..", ".", false},
    {".", ".", false},
    {"a", "", false},
    {"xexample", "example", false},
    {"examplex", "example", false},
    {"example", "examplex", false},
    {"example", ".example", true},
    {"[::1", "::1", true},
    {"::1]", "::1", true},
    {"[::1]x", "::1", false},
    {"[::1]/128", "::1", true},
    {"[192.0.2.1]", "192.0.2.1", true},
    {"[", "::1", false},
    {"]", "::1", false},
    {"[]", "::1", false},
};

static void test_every_case(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (int before = 0; before < 2; before++) {
            char *(*copy)(span) = before ? guard_copy_after : guard_copy;
            span list = span_text(cases[i].list);
            span host = span_text(cases[i].host);
            char *list_copy = copy(list);
            char *host_copy = copy(host);
            if (no_proxy_matches((span){list_copy, list.size}, (span){host_copy, host.size}) !=
                cases[i].matches) {
                fail_msg("\"%s\" and %s", cases[i].list, cases[i].host);
            }
            guard_free(list_copy, list.size);
            guard_free(host_copy, host.size);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_case)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
