#include "dns/files.h"

#include "support/guard.h"
#include "support/test.h"

static const struct {
    const char *file;
    const char *servers; /* with a blank after each */
    const char *search;
} configurations[] = {
    {"", "", ""},
    {"nameserver 192.0.2.1", "192.0.2.1 ", ""},
    {"nameserver 192.0.2.1\n", "192.0.2.1 ", ""},
    {"nameserver\t192.0.2.1\r\n", "192.0.2.1 ", ""},
    {"  nameserver   192.0.2.1  rest\n", "192.0.2.1 ", ""},
    {"nameserver fe80::1%eth0\nnameserver ::1\n", "fe80::1%eth0 ::1 ", ""},
    {"nameserver 1\nnameserver 2\nnameserver 3\nnameserver 4\nnameserver 5\nnameserver 6\n"
     "nameserver 7\nnameserver 8\nnameserver 9\n",
     "1 2 3 4 5 6 7 8 ", ""},
    {"nameserver\nnameserver \nnameserver ::1\n", "::1 ", ""},
    {"#nameserver ::1\n;nameserver ::2\nnameserver #::3\nnameserver ::4#5\n", "::4 ", ""},
    {"nameservers ::1\nxnameserver ::2\nNameserver ::3\n", "", ""},
    {"search a.example b.example\n", "", "a.example b.example "},
    {"search a\nsearch b c # d\n", "", "b c "},
    {"domain a\nsearch\n", "", ""},
    {"search a b\ndomain c\n", "", "c "},
    {"search .\noptions ndots:5\n", "", ". "},
    {"\n\n \n\t\n\r\nnameserver ::1\n\n", "::1 ", ""},
    {"nameserver ::1\f2\nsearch a\v\fb\vc \n", "::1 ", "a b c "},
};

static void test_configuration(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(configurations); i++) {
        struct dns_configuration configuration;
        char text[128] = "";
        span word;
        span file = span_text(configurations[i].file);
        char *copy = guard_copy(file);
        dns_read_configuration((span){copy, file.size}, &configuration);
        for (size_t k = 0; k < configuration.server_count; k++) {
            strncat(text, configuration.servers[k].data, configuration.servers[k].size);
            strcat(text, " ");
        }
        assert_string_equal(text, configurations[i].servers);
        text[0] = '\0';
        while (dns_next_word(&configuration.search, &word)) {
            strncat(text, word.data, word.size);
            strcat(text, " ");
        }
        assert_string_equal(text, configurations[i].search);
        guard_free(copy, file.size);
    }
}

static const struct {
    const char *file;
    const char *addresses; /* of login.test, with a blank after each */
} hosts[] = {
    {"", ""},
    {"192.0.2.1 login.test", "192.0.2.1 "},
    {"192.0.2.1\tLOGIN.Test\r\n", "192.0.2.1 "},
    {"192.0.2.1 other login.test another\n::1 login.test\n", "192.0.2.1 ::1 "},
    {"192.0.2.1 login.test.example xlogin.test login.tes login\n", ""},
    {"192.0.2.1 x # login.test\n#192.0.2.2 login.test\n", ""},
    {"login.test\nlogin.test login.test\n", "login.test "},
    {"192.0.2.1\n \n\n192.0.2.2 login.test", "192.0.2.2 "},
};

static void test_hosts(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(hosts); i++) {
        char text[128] = "";
        span file = span_text(hosts[i].file);
        char *copy = guard_copy(file);
        span lines = {copy, file.size};
        span address;
        while (dns_next_host(&lines, SPAN("login.test"), &address)) {
            strncat(text, address.data, address.size);
            strcat(text, " ");
        }
        assert_string_equal(text, hosts[i].addresses);
        assert_int_equal(lines.size, 0);
        guard_free(copy, file.size);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_configuration),
                                       cmocka_unit_test(test_hosts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
