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
    {"http://\xc3\xbc:\xc3\xa4@proxy:1", "proxy", 1, "\xc3\xbc:\xc3\xa4"},
};

static const char *const invalid[] = {
    "",
    "http://",
    "http:///",
    "https://proxy:3128",
    "socks5://proxy:1080",
    "socks5h://user:hush@proxy:1080",
    "http://proxy:0",
    "http://proxy:65536",
    "http://proxy:",
    "http://proxy:1x",
    "http://proxy:1//",
    "http://proxy:1/path",
    "http://proxy name:1",
    "http://[::1",
    "http://[::1]x",
    "http://user:%@proxy",
    "http://user:%4@proxy",
    "http://user:%zz@proxy",
    "http://user:%00@proxy",
    "http://user:%0d%0aX@proxy",
    "http://us\ner:hush@proxy",
    "http://user:word\x7f@proxy",
    " http://proxy:1",
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
        span text = span_text(invalid[i]);
        char *copy = guard_copy(text);
        if (proxy_url_parse((span){copy, text.size}, &url, &error)) {
            fail_msg("%s: taken", invalid[i]);
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
