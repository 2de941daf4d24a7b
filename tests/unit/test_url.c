#include "http/url.h"

#include "support/guard.h"
#include "support/test.h"

static const struct {
    const char *text;
    const char *authority;
    const char *host;
    uint16_t port;
    const char *target;
} valid[] = {
    {"https://login.pinecone.io/oauth/token", "login.pinecone.io", "login.pinecone.io", 443,
     "/oauth/token"},
    {"HTTPS://Host", "Host", "Host", 443, "/"},
    {"https://h:1/", "h:1", "h", 1, "/"},
    {"https://h:65535/a?b=c&d=%20", "h:65535", "h", 65535, "/a?b=c&d=%20"},
    {"https://[::1]:8443/t", "[::1]:8443", "::1", 8443, "/t"},
    {"https://[2001:db8::1]", "[2001:db8::1]", "2001:db8::1", 443, "/"},
    {"https://127.0.0.1:443/x", "127.0.0.1:443", "127.0.0.1", 443, "/x"},
    {"https://a_b.example./", "a_b.example.", "a_b.example.", 443, "/"},
    {"https://h/a:b@c", "h", "h", 443, "/a:b@c"},
    {"https://h/-._~!$&'()*+,;=", "h", "h", 443, "/-._~!$&'()*+,;="},
    {"https://h/%aF%Fa%00%09%90", "h", "h", 443, "/%aF%Fa%00%09%90"},
    {"https://h/?", "h", "h", 443, "/?"},
    {"https://h/azAZ09?a/b?c", "h", "h", 443, "/azAZ09?a/b?c"},
    {"https://0.0.0.0/", "0.0.0.0", "0.0.0.0", 443, "/"},
    {"https://0x.example/", "0x.example", "0x.example", 443, "/"},
    {"https://1.2.3.4.example./", "1.2.3.4.example.", "1.2.3.4.example.", 443, "/"},
    {"https://0a1b2c3d4e5f/", "0a1b2c3d4e5f", "0a1b2c3d4e5f", 443, "/"},
    {"https://h.1a/", "h.1a", "h.1a", 443, "/"},
    {"https://0xg/", "0xg", "0xg", 443, "/"},
    {"https://x0x1/", "x0x1", "x0x1", 443, "/"},
    {"https://_h-.a/", "_h-.a", "_h-.a", 443, "/"},
    {"https://[::]", "[::]", "::", 443, "/"},
    {"https://[::ffff:192.0.2.1]/", "[::ffff:192.0.2.1]", "::ffff:192.0.2.1", 443, "/"},
    {"https://h:00443/", "h:00443", "h", 443, "/"},
};

static const struct {
    const char *text;
    const char *why;
} invalid[] = {
    {"", "https://"},
    {"https:/h", "https://"},
    {"http://h/", "https://"},
    {"ftp://h/", "https://"},
    {" https://h/", "https://"},
    {"h", "https://"},
    {"https://", "host"},
    {"https:///path", "host"},
    {"https://:443/", "host"},
    {"https://h h/", "host"},
    {"https://h\tt/", "host"},
    {"https://.h/", "host"},
    {"https://-h/", "host"},
    {"https://h%41/", "host"},
    {"https://\xc3\xa4.example/", "host"},
    {"https://user@h/", "user"},
    {"https://user:pass@h/", "user"},
    {"https://h:443@evil/", "user"},
    {"https://h/#fragment", "fragment"},
    {"https://h#x", "fragment"},
    {"https://h?query", "path"},
    {"https://h?", "path"},
    {"https://h:443?", "path"},
    {"https:/x/h/", "https://"},
    {"https//h/", "https://"},
    {"https:", "https://"},
    {"https://!h/", "host"},
    {"https://!/", "host"},
    {"https://h!/", "host"},
    {"https://h@/", "user"},
    {"https://@h/", "user"},
    {"https://@", "user"},
    {"https://#", "fragment"},
    {"https://[g::1]/", "host"},
    {"https://[::g]/", "host"},
    {"https://[:]/", "host"},
    {"https://[1]/", "host"},
    {"https://[", "]"},
    {"https://[]", "host"},
    {"https://]/", "host"},
    {"https://[::1", "]"},
    {"https://[::1]8443/", "between ']' and the port"},
    {"https://h/%g0", "percent"},
    {"https://h/%0g", "percent"},
    {"https://h/%0", "percent"},
    {"https://h/%:0", "percent"},
    {"https://h/%0:", "percent"},
    {"https://h/a%", "percent"},
    {"https://h/`", "percent"},
    {"https://h/[", "percent"},
    {"https://h/a?<", "percent"},
    {"https://h/\xc3\xa4", "percent"},
    {"https://h:/", "port"},
    {"https://h:0/", "port"},
    {"https://h:65536/", "port"},
    {"https://h:-1/", "port"},
    {"https://h:+1/", "port"},
    {"https://h:1:2/", "port"},
    {"https://h:1a/", "port"},
    {"https://[::1/", "]"},
    {"https://[::1]x/", "between ']' and the port"},
    {"https://[::1]:/", "port"},
    {"https://[]/", "host"},
    {"https://[fe80::1%25eth0]/", "host"},
    {"https://h/a b", "percent"},
    {"https://h/a\r\nX: y", "percent"},
    {"https://h/\x7f", "percent"},
    {"https://h/%", "percent"},
    {"https://h/%4", "percent"},
    {"https://h/%4g", "percent"},
    {"https://h/%g4", "percent"},
    {"https://h/\"", "percent"},
    {"https://h/\\", "percent"},
    {"https://h\\@evil/", "user"},
    {"https://0/", "IP address"},
    {"https://2130706433/", "IP address"},
    {"https://127.1/", "IP address"},
    {"https://010.0.0.1/", "IP address"},
    {"https://127.0.0.01/", "IP address"},
    {"https://127.0.0.1./", "IP address"},
    {"https://256.0.0.1/", "IP address"},
    {"https://1.2.3.4.5:443/", "IP address"},
    {"https://h.1/", "IP address"},
    {"https://h.0x1F/", "IP address"},
    {"https://0x7f.1/", "IP address"},
    {"https://0X7f000001/", "IP address"},
    {"https://h../", "IP address"},
    {"https://[1:2:3]/", "IP address"},
    {"https://[:::]/", "IP address"},
    {"https://[1.2.3.4]/", "IP address"},
    {"https://[12345::]/", "IP address"},
};

static bool parse(span text, struct url *url, pinetoken_error *error) {
    char *at_start = guard_copy_after(text);
    bool parsed_at_start = url_parse((span){at_start, text.size}, url, error);
    guard_free(at_start, text.size);
    char *copy = guard_copy(text);
    bool parsed = url_parse((span){copy, text.size}, url, error);
    guard_free(copy, text.size);
    assert_int_equal(parsed, parsed_at_start);
    return parsed;
}

static void test_valid(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(valid); i++) {
        struct url url;
        pinetoken_error error = {0};
        assert_true(parse(span_text(valid[i].text), &url, &error));
        assert_true(url_parse(span_text(valid[i].text), &url, &error));
        assert_span(url.authority, valid[i].authority);
        assert_span(url.host, valid[i].host);
        assert_span(url.target, valid[i].target);
        assert_int_equal(url.port, valid[i].port);
    }
}

static void test_invalid(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(invalid); i++) {
        struct url url = {.port = 77};
        pinetoken_error error = {0};
        if (parse(span_text(invalid[i].text), &url, &error)) {
            fail_msg("%s", invalid[i].text);
        }
        assert_int_equal(error.status, PINETOKEN_USAGE);
        assert_message(error, invalid[i].why);
        assert_int_equal(url.port, 77);
    }
}

static void test_no_nul(void **state) {
    (void)state;
    struct url url;
    pinetoken_error error = {0};
    assert_false(parse(SPAN("https://h\0/"), &url, &error));
    assert_false(parse(SPAN("https://h/\0"), &url, &error));
    assert_false(parse(SPAN("https://[::\0]/"), &url, &error));
}

static void test_limits(void **state) {
    (void)state;
    char text[2100] = "https://h/";
    struct url url;
    pinetoken_error error = {0};
    memset(text + 10, 'a', sizeof text - 10);
    assert_true(parse((span){text, 2048}, &url, &error));
    assert_false(parse((span){text, 2049}, &url, &error));
    memset(text + 8, 'a', sizeof text - 8);
    assert_true(parse((span){text, 8 + 253}, &url, &error));
    assert_false(parse((span){text, 8 + 254}, &url, &error));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_no_nul),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
