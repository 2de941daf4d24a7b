#include "http/proxy_url.h"

#include "support/guard.h"
#include "support/test.h"

static const struct {
    const char *text;
    const char *host;
    uint16_t port;
    const char *credentials; /* decoded; "": none */
    enum proxy_kind kind;
} valid[] = {
    {"socks5://proxy", "proxy", 1080, "", PROXY_SOCKS5},
    {"SOCKS5H://user:hush@[::1]:9050/", "::1", 9050, "user:hush", PROXY_SOCKS5H},
    {"socks5h://user@proxy:1", "proxy", 1, "user:", PROXY_SOCKS5H},
    {"http://proxy:3128", "proxy", 3128, "", PROXY_HTTP},
    {"http://proxy:3128/", "proxy", 3128, "", PROXY_HTTP},
    {"HTTP://proxy", "proxy", 1080, "", PROXY_HTTP},
    {"proxy:3128", "proxy", 3128, "", PROXY_HTTP},
    {"proxy", "proxy", 1080, "", PROXY_HTTP},
    {"192.0.2.1:80", "192.0.2.1", 80, "", PROXY_HTTP},
    {"http://[2001:db8::1]:8080", "2001:db8::1", 8080, "", PROXY_HTTP},
    {"[::1]:8080", "::1", 8080, "", PROXY_HTTP},
    {"http://user:hush@proxy:1", "proxy", 1, "user:hush", PROXY_HTTP},
    {"user:hush@proxy:1", "proxy", 1, "user:hush", PROXY_HTTP},
    {"http://user@proxy:1", "proxy", 1, "user:", PROXY_HTTP},
    {"http://user:@proxy:1", "proxy", 1, "user:", PROXY_HTTP},
    {"http://:hush@proxy:1", "proxy", 1, ":hush", PROXY_HTTP},
    {"http://us%40er:p%3ass%25@proxy:1", "proxy", 1, "us@er:p:ss%", PROXY_HTTP},
    {"http://user:p@ss@proxy:1", "proxy", 1, "user:p@ss", PROXY_HTTP},
    {"http://user:p/a?s#s@proxy:1", "proxy", 1, "user:p/a?s#s", PROXY_HTTP},
    {"http://@proxy:1", "proxy", 1, "", PROXY_HTTP},
    {"http://us%C3%bCer:%4a%A9@proxy:1", "proxy", 1,
     "us\xc3\xbc"
     "er:J\xa9",
     PROXY_HTTP},
    {"http://a%20b:%2F@proxy:1", "proxy", 1, "a b:/", PROXY_HTTP},
    {"http://%F1:%ff@proxy:1", "proxy", 1, "\xf1:\xff", PROXY_HTTP},
    {"u@a", "a", 1080, "u:", PROXY_HTTP},
    {":@a", "a", 1080, ":", PROXY_HTTP},
    {"a:1", "a", 1, "", PROXY_HTTP},
    {"http://\xc3\xbc:\xc3\xa4@proxy:1", "proxy", 1, "\xc3\xbc:\xc3\xa4", PROXY_HTTP},
};

static const struct {
    const char *text;
    const char *why;
} invalid[] = {
    {"", "not of the form"},
    {"http://", "not of the form"},
    {"http:///", "not of the form"},
    {"https://proxy:3128", "proxy: its scheme \"https\" is not http, socks5 or socks5h ("},
    {"socks://proxy:1080", "its scheme \"socks\" is not http,"},
    {"socks4://proxy:1080", "its scheme \"socks4\" is not http,"},
    {"SOCKS4A://proxy:1080", "its scheme \"SOCKS4A\" is not http,"},
    {"socks5x://user:hush@proxy:1080", "its scheme \"socks5x\" is not http,"},
    {"a+B-c.9://user:hush@proxy:1080", "its scheme \"a+B-c.9\" is not http,"},
    {"hush hush://proxy:1080", "proxy: its scheme is not http, socks5 or socks5h ("},
    {"_hush://proxy:1080", "proxy: its scheme is not http, socks5 or socks5h ("},
    {"://proxy:1080", "proxy: its scheme is not http, socks5 or socks5h ("},
    {"a://proxy:1080", "its scheme \"a\" is not http,"},
    {"hush_://proxy:1080", "proxy: its scheme is not http, socks5 or socks5h ("},
    {"socks5://proxy:0", "not of the form"},
    {"socks5://", "not of the form"},
    {"socks5h://user:%00@proxy", "user or password"},
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
    {" http://proxy:1", "its scheme"},
    {"http://user:%@a", "user or password"},
    {"http://user:%4@a", "user or password"},
    {"http://user:%@beef", "user or password"},
    {"http://user:%4@beef", "user or password"},
    {"http://%zz:hush@proxy", "user or password"},
    {"http://%1f:hush@proxy", "user or password"},
    {"http://\nuser:hush@proxy", "user or password"},
    {"http://us\x1f@proxy", "user or password"},
    {"http://%7f@proxy", "user or password"},
    {"http://%g4@proxy", "user or password"},
    {"http://%4g@proxy", "user or password"},
    {"a://", "its scheme"},
    {"://", "its scheme"},
    {"a:/", "not of the form"},
    {"a:", "not of the form"},
    {":", "not of the form"},
    {"/", "not of the form"},
    {"@", "not of the form"},
    {"http:/", "not of the form"},
    {"http:/proxy", "not of the form"},
    {"http//proxy", "not of the form"},
    {"ftp://a", "its scheme"},
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
        assert_int_equal(url.kind, valid[i].kind);
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

/* RFC 1929: each has a byte for its length; percent-encoding does not count. */
static void test_socks_credentials(void **state) {
    (void)state;
    for (size_t at = 0; at < 2; at++) {
        for (size_t size = 254; size <= 256; size++) {
            char text[900] = "socks5h://";
            struct proxy_url url;
            pinetoken_error error = {0};
            size_t end = 10;
            if (at == 1) {
                memcpy(text + end, "u:", 2);
                end += 2;
            }
            for (size_t i = 0; i < size; i++, end += 3) {
                memcpy(text + end, "%61", 3);
            }
            memcpy(text + end, "@p", 3);
            assert_int_equal(proxy_url_parse(span_text(text), &url, &error), size <= 255);
            if (size > 255) {
                assert_message(error, "over 255 bytes");
            }
            /* Basic has no such limit. */
            memcpy(text + 4, "http://", 7);
            text[11] = 'u';
            assert_true(proxy_url_parse((span){text + 4, strlen(text + 4)}, &url, &error));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_socks_credentials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
