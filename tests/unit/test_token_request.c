#include "oauth/token_request.h"

#include "base/limits.h"
#include "oauth/config.h"
#include "support/test.h"

#include <stdlib.h>

#define STORAGE 29696

static char storage[STORAGE];
static span secret;

static bool give_secret(void *user, pinetoken_span *out) {
    (void)user;
    *out = secret;
    return secret.data != NULL;
}

static pinetoken_config make_config(void) {
    pinetoken_config config;
    pinetoken_config_init(&config);
    config.client_id = "id";
    config.secret = give_secret;
    secret = SPAN("s\"ecret");
    return config;
}

static struct token_request written;

static bool write_request(const pinetoken_config *config, span *request, pinetoken_error *error) {
    struct url url;
    struct buffer room;
    buffer_init(&room, storage, sizeof storage);
    bool done = config_check(config, error) &&
                url_parse(span_text(config->token_url), &url, error) &&
                token_request_write(config, &url, &room, &written, error);
    *request = done ? written.message : *request;
    return done;
}

static bool is_echo(const struct echo *echo, span text) {
    const struct echo expected = echo_of(text);
    return echo->size == expected.size && echo->hash == expected.hash;
}

/* What an issuer could repeat: the secret as it is, and as it was sent. */
static void test_echoes(void **state) {
    (void)state;
    pinetoken_config config = make_config();
    pinetoken_error error = {0};
    span request;
    assert_true(write_request(&config, &request, &error));
    assert_true(is_echo(&written.echoes.plain, SPAN("s\"ecret")));
    assert_true(is_echo(&written.echoes.sent, SPAN("s\\\"ecret")));
    config.body = PINETOKEN_BODY_FORM;
    assert_true(write_request(&config, &request, &error));
    assert_true(is_echo(&written.echoes.plain, SPAN("s\"ecret")));
    assert_true(is_echo(&written.echoes.sent, SPAN("s%22ecret")));
}

static void test_json(void **state) {
    (void)state;
    pinetoken_config config = make_config();
    pinetoken_error error = {0};
    span request;
    assert_true(write_request(&config, &request, &error));
    assert_span(request, "POST /oauth/token HTTP/1.1\r\n"
                         "Host: login.pinecone.io\r\n"
                         "User-Agent: pinetoken/" PINETOKEN_VERSION "\r\n"
                         "Accept: application/json\r\n"
                         "Accept-Encoding: identity\r\n"
                         "X-Pinecone-Api-Version: 2025-04\r\n"
                         "Content-Type: application/json\r\n"
                         "Content-Length: 117\r\n"
                         "Connection: close\r\n\r\n"
                         "{\"client_id\":\"id\",\"client_secret\":\"s\\\"ecret\","
                         "\"audience\":\"https://api.pinecone.io/\","
                         "\"grant_type\":\"client_credentials\"}");
}

static void test_form_and_headers(void **state) {
    (void)state;
    const char *const headers[] = {"X-Trace:  a b ", "Empty:", NULL};
    pinetoken_config config = make_config();
    pinetoken_error error = {0};
    span request;
    config.body = PINETOKEN_BODY_FORM;
    config.headers = headers;
    config.token_url = "https://h:8443/t?x=y";
    assert_true(write_request(&config, &request, &error));
    assert_span(request, "POST /t?x=y HTTP/1.1\r\n"
                         "Host: h:8443\r\n"
                         "User-Agent: pinetoken/" PINETOKEN_VERSION "\r\n"
                         "Accept: application/json\r\n"
                         "Accept-Encoding: identity\r\n"
                         "X-Pinecone-Api-Version: 2025-04\r\n"
                         "Content-Type: application/x-www-form-urlencoded\r\n"
                         "Content-Length: 108\r\n"
                         "X-Trace: a b\r\n"
                         "Empty: \r\n"
                         "Connection: close\r\n\r\n"
                         "grant_type=client_credentials&client_id=id&client_secret=s%22ecret&"
                         "audience=https%3A%2F%2Fapi.pinecone.io%2F");
}

static void test_bad_credentials(void **state) {
    (void)state;
    static char long_text[LIMIT_CREDENTIAL + 2];
    memset(long_text, 'x', sizeof long_text - 1);
    const struct {
        span text;
        const char *why;
    } cases[] = {
        {{NULL, 0}, "missing"},
        {{"", 0}, "is empty"},
        {{"a\nb", 3}, "control character"},
        {{"a\0b", 3}, "control character"},
        {{"a\x7f", 2}, "control character"},
        {{"\x7f", 1}, "control character"},
        {{"\na", 2}, "control character"},
        {{"a\x1f", 2}, "control character"},
        {{"\xff", 1}, "not UTF-8"},
        {{"\xed\xa0\x80", 3}, "not UTF-8"},
        {{long_text, LIMIT_CREDENTIAL + 1}, "longer than"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        pinetoken_config config = make_config();
        pinetoken_error error = {0};
        span request;
        secret = cases[i].text;
        assert_false(write_request(&config, &request, &error));
        assert_int_equal(error.status, PINETOKEN_CREDENTIALS);
        assert_message(error, "client secret: ");
        assert_message(error, cases[i].why);
        assert_true(i == 0 || strstr(error.advice, "copy it again") != NULL);
    }
    static const char *const ids[] = {"", "a\nb", "\na", "\xff", long_text, NULL};
    for (size_t i = 0; i < COUNT(ids); i++) {
        pinetoken_config config = make_config();
        pinetoken_error error = {0};
        span request;
        config.client_id = ids[i];
        assert_false(write_request(&config, &request, &error));
        assert_int_equal(error.status, PINETOKEN_CREDENTIALS);
        assert_message(error, "client ID");
    }
}

static void test_longest_credentials(void **state) {
    (void)state;
    static char id[LIMIT_CREDENTIAL + 1];
    pinetoken_config config = make_config();
    pinetoken_error error = {0};
    span request;
    /* What each encoding makes the most of: every byte escaped. */
    memset(id, '"', LIMIT_CREDENTIAL);
    config.client_id = id;
    secret = (span){id, LIMIT_CREDENTIAL};
    assert_true(write_request(&config, &request, &error));
    assert_true(request.size > (size_t)4 * LIMIT_CREDENTIAL);
}

/* Encoded, both may be too long together. */
static void test_longest_form(void **state) {
    (void)state;
    static char id[LIMIT_CREDENTIAL + 1];
    pinetoken_config config = make_config();
    pinetoken_error error = {0};
    span request;
    memset(id, '"', LIMIT_CREDENTIAL);
    config.client_id = id;
    config.body = PINETOKEN_BODY_FORM;
    secret = (span){id, LIMIT_CREDENTIAL};
    assert_false(write_request(&config, &request, &error));
    assert_int_equal(error.status, PINETOKEN_USAGE);
    assert_message(error, "too long together");
}

/* What does not fit is refused, and the secret is not left in the storage. */
static void test_too_long(void **state) {
    (void)state;
    static char text[3 * LIMIT_CREDENTIAL];
    const char *headers[] = {text, NULL};
    memset(text, 'x', sizeof text - 1);
    memcpy(text, "X:", 2);
    for (int in_head = 0; in_head < 2; in_head++) {
        pinetoken_config config = make_config();
        pinetoken_error error = {0};
        span request;
        if (in_head == 1) {
            config.headers = headers;
        } else {
            config.audience = text;
            config.body = PINETOKEN_BODY_FORM;
            memset(text + 2, '"', sizeof text - 3);
        }
        assert_false(write_request(&config, &request, &error));
        assert_int_equal(error.status, PINETOKEN_USAGE);
        for (size_t i = 0; i < sizeof storage; i++) {
            assert_int_equal(storage[i], 0);
        }
        memset(text + 2, 'x', sizeof text - 3);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echoes),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_form_and_headers),
        cmocka_unit_test(test_bad_credentials),
        cmocka_unit_test(test_longest_credentials),
        cmocka_unit_test(test_longest_form),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
