#include "http/proxy_url.h"

#include "support/guard.h"
#include "support/test.h"

static const struct {
    const char *text;
    const char *host;
    uint16_t port;
    const char *credentials; /* decoded; "": none */
} valid[] = {
    {"http://proxy:3128", "proxy", 3128, ""},
    {"http://proxy:3128/", "proxy", 3128, ""},
    {"HTTP://proxy", "proxy", 1080, ""},
    {"proxy:3128", "proxy", 3128, ""},
    {"proxy", "proxy", 1080, ""},
    {"192.0.2.1:80", "192.0.2.1", 80, ""},
    {"http://[2001:db8::1]:8080", "2001:db8::1", 8080, ""},
    {"[::1]:8080", "::1", 8080, ""},
    {"http://user:hush@proxy:1", "proxy", 1, "user:hush"},
    {"user:hush@proxy:1", "proxy", 1, "user:hush"},
    {"http://user@proxy:1", "proxy", 1, "user:"},
    {"http://user:@proxy:1", "proxy", 1, "user:"},
    {"http://:hush@proxy:1", "proxy", 1, ":hush"},
    {"http://us%40er:p%3ass%25@proxy:1", "proxy", 1, "us@er:p:ss%"},
    {"http://user:p@ss@proxy:1", "proxy", 1, "user:p@ss"},
    {"http://user:p/a?s#s@proxy:1", "proxy", 1, "user:p/a?s#s"},
    {"http://@proxy:1", "proxy", 1, ""},
    {"http://us%C3%bCer:%4a%A9@proxy:1", "proxy", 1,
     "us\xc3\xbc"
     "er:J\xa9"},
    {"http://a%20b:%2F@proxy:1", "proxy", 1, "a b:/"},
    {"u@a", "a", 1080, "u:"},
    {":@a", "a", 1080, ":"},
    {"a:1", "a", 1, ""},
    {"http://\xc3\xbc:\xc3\xa4@proxy:1", "proxy", 1, "\xc3\xbc:\xc3\xa4"},
};

static const struct {
    const char *text;
    const char *why;
} invalid[] = {
    {"", "not of the form"},
    {"http://", "not of the form"},
    {"http:///", "not of the form"},
    {"https://proxy:3128", "not an http:// URL"},
    {"socks5://proxy:1080", "not an http:// URL"},
    {"socks5h://user:hush@proxy:1080", "not an http:// URL"},
    {"http://proxy:0", "not of the form"},
    {"http://proxy:65536", "not of the form"},
    {"http://proxy:", "not of the form"},
    {"http://proxy:1x", "not of the form"},
    {"http://proxy:1//", "not of the form"},
    {"http://proxy:1/path", "not of the form"},
    {"http://proxy name:1", "not of the form"},
    {"http://[::1", "not of the form"},
    {"http://[::1]x", "not of the form"},
    {"http://user:%@proxy", "user or password"},
    {"http://user:%4@proxy", "user or password"},
    {"http://user:%zz@proxy", "user or password"},
    {"http://user:%00@proxy", "user or password"},
    {"http://user:%0d%0aX@proxy", "user or password"},
    {"http://us\ner:hush@proxy", "user or password"},
    {"http://user:word\x7f@proxy", "user or password"},
    {" http://proxy:1", "not an http:// URL"},
    {"http://user:%@a", "user or password"},
    {"http://user:%4@a", "user or password"},
    {"http://%zz:hush@proxy", "user or password"},
    {"http://%1f:hush@proxy", "user or password"},
    {"http://\nuser:hush@proxy", "user or password"},
    {"http://us\x1f@proxy", "user or password"},
    {"http://%7f@proxy", "user or password"},
    {"http://%g4@proxy", "user or password"},
    {"http://%4g@proxy", "user or password"},
    {"a://", "not an http:// URL"},
    {"://", "not an http:// URL"},
    {"a:/", "not of the form"},
    {"a:", "not of the form"},
    {":", "not of the form"},
    {"/", "not of the form"},
    {"@", "not of the form"},
    {"http:/", "not of the form"},
    {"http:/proxy", "not of the form"},
    {"http//proxy", "not of the form"},
    {"ftp://a", "not an http:// URL"},
};

static void test_valid(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(valid); i++) {
        char decoded[64];
        struct buffer out;
        struct proxy_url url;
        pinetoken_error error = {0};
        span text = span_text(valid[i].text);
        char *copy = guard_copy(text);
        if (!proxy_url_parse((span){copy, text.size}, &url, &error)) {
            fail_msg("%s: %s", valid[i].text, error.message);
        }
        assert_span(url.host, valid[i].host);
        assert_int_equal(url.port, valid[i].port);
        assert_int_equal(url.credentials.size > 0, valid[i].credentials[0] != '\0');
        if (url.credentials.size > 0) {
            buffer_init(&out, decoded, sizeof decoded);
            proxy_url_write_credentials(&url, &out);
            assert_span(buffer_span(&out), valid[i].credentials);
        }
        guard_free(copy, text.size);
    }
}

/* The message must not show what may be a password. */
static void test_invalid(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(invalid); i++) {
        struct proxy_url url = {.port = 7};
        pinetoken_error error = {0};
        span text = span_text(invalid[i].text);
        char *copy = guard_copy(text);
        if (proxy_url_parse((span){copy, text.size}, &url, &error)) {
            fail_msg("%s: taken", invalid[i].text);
        }
        if (!error_says(&error, invalid[i].why)) {
            fail_msg("%s: %s", invalid[i].text, error.message);
        }
        assert_int_equal(error.status, PINETOKEN_USAGE);
        assert_int_equal(url.port, 7);
        assert_false(error_says(&error, "hush"));
        guard_free(copy, text.size);
    }
}

static void test_length(void **state) {
    (void)state;
    char text[2050];
    struct proxy_url url;
    pinetoken_error error = {0};
    memset(text, 'u', sizeof text);
    memcpy(text, "http://", 7);
    memcpy(text + 2048 - 8, "@proxy:1", 8);
    assert_true(proxy_url_parse((span){text, 2048}, &url, &error));
    assert_false(proxy_url_parse((span){text, 2049}, &url, &error));
    assert_message(error, "2048");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
