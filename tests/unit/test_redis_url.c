/* URLs of a shared cache: what they mean, and what is refused. */
#include "cache/redis_url.h"

#include "base/limits.h"
#include "support/guard.h"
#include "support/test.h"

struct good_case {
    const char *text;
    bool is_tls;
    const char *socket;
    const char *host;
    int port;
    const char *user;
    const char *database;
    const char *prefix;
};

static const struct good_case good[] = {
    {"rediss://cache.test", true, "", "cache.test", 6379, "default", "0", "pinetoken:"},
    {"rediss://cache.test/", true, "", "cache.test", 6379, "default", "0", "pinetoken:"},
    {"REDISS://bob@cache.test:7000/team:a/?db=15", true, "", "cache.test", 7000, "bob", "15",
     "team:a/"},
    {"rediss://192.0.2.1:1?db=0", true, "", "192.0.2.1", 1, "default", "0", "pinetoken:"},
    {"rediss://[2001:db8::1]:7000/x", true, "", "2001:db8::1", 7000, "default", "0", "x"},
    {"rediss://a@b@c.test", false, NULL, "", 0, "", "", ""},
    {"redis://localhost", false, "", "localhost", 6379, "default", "0", "pinetoken:"},
    {"redis://LOCALHOST:1/p", false, "", "LOCALHOST", 1, "default", "0", "p"},
    {"redis://127.0.0.1:7000", false, "", "127.0.0.1", 7000, "default", "0", "pinetoken:"},
    {"redis://127.255.255.255", false, "", "127.255.255.255", 6379, "default", "0", "pinetoken:"},
    {"redis://[::1]:7000", false, "", "::1", 7000, "default", "0", "pinetoken:"},
    {"rediss://b@h/!~", true, "", "h", 6379, "b", "0", "!~"},
    {"redis+unix:///r", false, "/r", "", 6379, "default", "0", "pinetoken:"},
    {"redis+unix:///run/redis.sock", false, "/run/redis.sock", "", 6379, "default", "0",
     "pinetoken:"},
    {"redis+unix://bob@/run/redis.sock?db=3", false, "/run/redis.sock", "", 6379, "bob", "3",
     "pinetoken:"},
};

static void test_good(void **state) {
    (void)state;
    FOR_EACH(struct good_case, each, good) {
        struct redis_url url;
        pinetoken_error error = {0};
        size_t size = strlen(each->text);
        char *copy = guard_copy((span){each->text, size});
        bool is_parsed = redis_url_parse((span){copy, size}, &url, &error);
        if (is_parsed != (each->socket != NULL)) {
            fail_msg("%s: %s", each->text, error.message);
        }
        if (is_parsed) {
            assert_int_equal(url.is_tls, each->is_tls);
            assert_span(url.socket, each->socket);
            assert_span(url.host, each->host);
            assert_int_equal(url.port, each->port);
            assert_span(url.user, each->user);
            assert_span(url.database, each->database);
            assert_span(url.prefix, each->prefix);
        }
        guard_free(copy, size);
    }
}

static const char *const bad[] = {
    "https://cache.test/",
    "valkey://cache.test/",
    "rediss:/cache.test/",
    "rediss://",
    "redis",
    "rediss://h?db",
    "rediss://redis+unix:///run/x",
    "redis+unixs:///x",
    "rediss://:secret@cache.test/",
    "rediss://bob:secret@cache.test/",
    "redis+unix://bob:secret@/run/x",
    "rediss://@cache.test/",
    "rediss://b%6fb@cache.test/",
    "rediss://cache.test/a b",
    "rediss://cache.test/a{b}",
    "rediss://cache.test/a#b",
    "rediss://cache.test/\x7f",
    "rediss://cache.test/\xc3\xa4",
    "rediss://cache.test/?db=",
    "rediss://cache.test/?db=-1",
    "rediss://cache.test/?db=1a",
    "rediss://cache.test/?db=1&x=2",
    "rediss://cache.test/?db=100000",
    "rediss://cache.test/?prefix=a",
    "rediss:///prefix",
    "rediss://cache.test:0/",
    "rediss://cache.test:70000/",
    "redis://cache.test/",
    "redis://127.example/",
    "redis://128.0.0.1/",
    "redis://[::2]/",
    "redis://[7f00::1]/",
    "redis://[::ffff:127.0.0.1]/",
    "redis://localhost.example/",
    "redis+unix://host/run/x",
    "redis+unix:///",
    "redis+unix://",
};

static void test_bad(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct redis_url url;
        pinetoken_error error = {0};
        size_t size = strlen(bad[i]);
        char *copy = guard_copy((span){bad[i], size});
        if (redis_url_parse((span){copy, size}, &url, &error)) {
            fail_msg("%s", bad[i]);
        }
        guard_free(copy, size);
        assert_int_equal(error.status, PINETOKEN_USAGE);
        assert_message(error, "not of the form");
        assert_false(error_says(&error, "secret"));
    }
}

static void test_longest(void **state) {
    char text[LIMIT_URL + 1];
    struct redis_url url;
    pinetoken_error error = {0};
    (void)state;
    memset(text, 'a', sizeof text);
    memcpy(text, "rediss://h/", 11);
    assert_true(redis_url_parse((span){text, LIMIT_URL}, &url, &error));
    assert_false(redis_url_parse((span){text, LIMIT_URL + 1}, &url, &error));
}

static bool is_url(const char *text) {
    return span_is_url(span_text(text));
}

static void test_is_one(void **state) {
    (void)state;
    assert_true(is_url("rediss://x"));
    assert_true(is_url("http://x"));
    assert_false(is_url("redis"));
    assert_false(is_url("redis:"));
    assert_false(is_url("redis:/"));
    assert_true(is_url("a://"));
    assert_false(is_url("/tmp/redis:/x"));
    assert_false(is_url(""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
