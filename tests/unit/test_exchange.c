/* The exchange through its public interface: what is received, in whatever parts, and what comes of
 * it. */
#include "base/limits.h"
#include "support/test.h"

#include <stdlib.h>

#define SECRET "the-client-secret"

static bool give_secret(void *user, pinetoken_span *secret) {
    (void)user;
    *secret = SPAN(SECRET);
    return true;
}

static pinetoken_exchange_storage storage;

/* What was logged: a line each, "LEVEL PHASE NAME|TEXT|NUMBER". */
static char logged[1024];

static void log_line(void *user, const pinetoken_event *event) {
    size_t size = strlen(logged);
    (void)user;
    (void)snprintf(logged + size, sizeof logged - size, "%d %s %s|%.*s|%lld\n", (int)event->level,
                   pinetoken_phase_name(event->phase), event->name, (int)event->text.size,
                   event->text.data, (long long)event->number);
}

static pinetoken_exchange *start(void) {
    pinetoken_config config;
    pinetoken_error error = {0};
    pinetoken_config_init(&config);
    config.client_id = "id";
    config.secret = give_secret;
    config.log = log_line;
    logged[0] = '\0';
    pinetoken_exchange *exchange = pinetoken_exchange_init(&storage, &config, &error);
    assert_non_null(exchange);
    assert_int_equal(pinetoken_exchange_state(exchange), PINETOKEN_WANT_SEND);
    return exchange;
}

static bool storage_contains(span text) {
    for (size_t i = 0; i + text.size <= sizeof storage; i++) {
        if (memcmp(storage.bytes_ + i, text.data, text.size) == 0) {
            return true;
        }
    }
    return false;
}

static void send_all(pinetoken_exchange *exchange, size_t step) {
    while (pinetoken_exchange_state(exchange) == PINETOKEN_WANT_SEND) {
        size_t size = pinetoken_exchange_output(exchange).size;
        assert_true(size > 0);
        /* Nothing to receive yet. */
        size_t capacity = 1;
        assert_null(pinetoken_exchange_input(exchange, &capacity));
        assert_int_equal(capacity, 0);
        pinetoken_exchange_sent(exchange, step < size ? step : size);
    }
}

/* How the peer ended after its last byte. */
enum end { OPEN, CLOSED, CUT };

struct result {
    pinetoken_want state;
    pinetoken_error error;
    char token[64];
    int64_t expires_in;
};

static void receive(pinetoken_exchange *exchange, span part) {
    while (part.size > 0 && pinetoken_exchange_state(exchange) == PINETOKEN_WANT_RECEIVE) {
        size_t capacity = 0;
        char *input = pinetoken_exchange_input(exchange, &capacity);
        assert_true(capacity > 0);
        size_t size = part.size < capacity ? part.size : capacity;
        memcpy(input, part.data, size);
        pinetoken_exchange_received(exchange, size);
        part = span_cut(part, size, part.size);
    }
}

static void run(span text, size_t first, size_t step, enum end end, struct result *result) {
    pinetoken_exchange *exchange = start();
    *result = (struct result){.expires_in = -2};
    send_all(exchange, SIZE_MAX);
    for (size_t at = 0; at < text.size;) {
        size_t part = at == 0 && first > 0 ? first : step;
        part = part < text.size - at ? part : text.size - at;
        receive(exchange, span_cut(text, at, at + part));
        at += part;
    }
    if (end != OPEN) {
        pinetoken_exchange_closed(exchange, end == CLOSED);
    }
    result->state = pinetoken_exchange_state(exchange);
    if (result->state == PINETOKEN_COMPLETE) {
        pinetoken_token token;
        pinetoken_exchange_token(exchange, &token);
        size_t size = token.access_token.size < 63 ? token.access_token.size : 63;
        memcpy(result->token, token.access_token.data, size);
        result->expires_in = token.expires_in;
        assert_int_equal(token.expires_at, -1);
        assert_int_equal(token.obtained_at, -1);
    }
    if (result->state == PINETOKEN_FAILED) {
        pinetoken_exchange_failure(exchange, &result->error);
    }
    pinetoken_exchange_wipe(exchange);
}

static void run_every_way(span text, enum end end, struct result *whole) {
    struct result split;
    run(text, 0, text.size, end, whole);
    for (size_t cut = 1; cut <= text.size; cut++) {
        /* At last byte by byte. */
        run(text, cut == text.size ? 0 : cut, cut == text.size ? 1 : text.size, end, &split);
        assert_int_equal(split.state, whole->state);
        assert_string_equal(split.token, whole->token);
        assert_int_equal(split.expires_in, whole->expires_in);
        assert_string_equal(split.error.message, whole->error.message);
        assert_int_equal(split.error.offset, whole->error.offset);
    }
}

/* A complete response around a body; returns its size. */
static size_t make_response(char *out, size_t capacity, const char *status, const char *fields,
                            const char *body) {
    int size = snprintf(out, capacity, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s", status,
                        fields, strlen(body), body);
    assert_true(size > 0 && (size_t)size < capacity);
    return (size_t)size;
}

/* The same in chunks of 1, 2, 3, ... bytes. */
static size_t make_chunked(char *out, size_t capacity, const char *body) {
    int size = snprintf(out, capacity, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    size_t left = strlen(body);
    for (size_t chunk = 1; left > 0; chunk++) {
        size_t part = chunk < left ? chunk : left;
        size +=
            snprintf(out + size, capacity - (size_t)size, "%zx\r\n%.*s\r\n", part, (int)part, body);
        body += part;
        left -= part;
    }
    size += snprintf(out + size, capacity - (size_t)size, "0\r\n\r\n");
    assert_true((size_t)size < capacity);
    return (size_t)size;
}

#define TOKEN "\"access_token\":\"tok\",\"token_type\":\"Bearer\""

static const struct {
    const char *body;
    const char *token;
    int64_t expires_in;
} good[] = {
    {"{" TOKEN ",\"expires_in\":86400}", "tok", 86400},
    {"{\"expires_in\":1800," TOKEN "}", "tok", 1800},
    {"{" TOKEN ",\"expires_in\":86400.0}", "tok", 86400},
    {"{" TOKEN ",\"expires_in\":8.64e4}", "tok", 86400},
    {"{" TOKEN ",\"expires_in\":1800.9}", "tok", 1800},
    {"{" TOKEN ",\"expires_in\":\"1800\"}", "tok", 1800},
    {"{" TOKEN ",\"expires_in\":\"\\u0031800\"}", "tok", 1800},
    {"{" TOKEN ",\"expires_in\":1}", "tok", 1},
    {"{" TOKEN ",\"expires_in\":31536000}", "tok", 31536000},
    {"{" TOKEN ",\"expires_in\":31536001}", "tok", 31536000},
    {"{" TOKEN ",\"expires_in\":1e300}", "tok", 31536000},
    {"{" TOKEN ",\"expires_in\":null}", "tok", -1},
    {"{" TOKEN "}", "tok", -1},
    {" {\"token_type\":\"bearer\",\"access_token\":\"a.b-c_d~e+f/g0==\",\"scope\":[{}]} \r\n",
     "a.b-c_d~e+f/g0==", -1},
    {"{" TOKEN ",\"expires_in\":\"0\\u00301800\"}", "tok", 1800},
    {"{" TOKEN ",\"expires_in\":\"31536001\"}", "tok", 31536000},
    {"{\"access_token\":\"-\",\"token_type\":\"Bearer\"}", "-", -1},
    {"{\"access_token\":\"a=\",\"token_type\":\"Bearer\"}", "a=", -1},
    {"{\"token_type\":\"\\u0042EARER\",\"access_token\":\"\\u0061\\/b\"}", "a/b", -1},
};

static void test_good(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        char text[1024];
        struct result result;
        size_t size = make_response(text, sizeof text, "200 OK", "", good[i].body);
        for (int is_chunked = 0; is_chunked < 2; is_chunked++) {
            run_every_way((span){text, size}, OPEN, &result);
            if (result.state != PINETOKEN_COMPLETE) {
                fail_msg("%s: %s", good[i].body, result.error.message);
            }
            assert_string_equal(result.token, good[i].token);
            assert_int_equal(result.expires_in, good[i].expires_in);
            assert_string_equal(logged, "1 receive http.response||200\n");
            size = make_chunked(text, sizeof text, good[i].body);
        }
    }
}

static const struct {
    const char *body;
    const char *why;
} bad[] = {
    {"", "not an object"},
    {"<html></html>", "not an object"},
    {"{}", "access_token"},
    {"{\"access_token\":null,\"token_type\":\"Bearer\"}", "access_token"},
    {"{\"access_token\":\"\",\"token_type\":\"Bearer\"}", "access_token"},
    {"{\"access_token\":\"===\",\"token_type\":\"Bearer\"}", "access_token"},
    {"{\"access_token\":\"a=b\",\"token_type\":\"Bearer\"}", "access_token"},
    {"{\"access_token\":\"a b\",\"token_type\":\"Bearer\"}", "access_token"},
    {"{\"access_token\":\"a\\nb\",\"token_type\":\"Bearer\"}", "access_token"},
    {"{\"access_token\":\"a'b\",\"token_type\":\"Bearer\"}", "access_token"},
    {"{\"access_token\":\"a\\u0000\",\"token_type\":\"Bearer\"}", "access_token"},
    {"{\"access_token\":\"\xc3\xbc\",\"token_type\":\"Bearer\"}", "access_token"},
    {"{\"access_token\":\"\\ud800\",\"token_type\":\"Bearer\"}", "surrogate"},
    {"{\"access_token\":\"a\",\"token_type\":\"\\ud800\"}", "surrogate"},
    {"{" TOKEN ",\"expires_in\":\"\\udc00\"}", "surrogate"},
    {"{\"access_token\":\"a\\u0000b\",\"token_type\":\"Bearer\"}", "access_token"},
    {"{\"access_token\":1,\"token_type\":\"Bearer\"}",
     "\"access_token\" is missing, or not a string, at byte 16 of"},
    {"{\"access_token\":\"'b\",\"token_type\":\"Bearer\"}",
     "bearer token has, at byte 17 of the body"},
    {"{\"access_token\":\"b'\",\"token_type\":\"Bearer\"}", "access_token"},
    {"{\"access_token\":\"=b\",\"token_type\":\"Bearer\"}", "access_token"},
    {"{\"access_token\":\"\\u0000b\",\"token_type\":\"Bearer\"}", "access_token"},
    {"{\"token_type\":\"Bearer\"}",
     "\"access_token\" is missing, or not a string, at byte 23 of the body"},
    {"{" TOKEN ",\"expires_in\":\"x180\"}", "expires_in"},
    {"{" TOKEN ",\"expires_in\":\"180x\"}", "expires_in"},
    {"{" TOKEN ",\"expires_in\":\" 180\"}", "expires_in"},
    {"{" TOKEN ",\"expires_in\":{}}",
     "\"expires_in\" is not a positive number of seconds at byte 57 of the body"},
    {"{" TOKEN ",\"expires_in\":false}", "expires_in"},
    {"{\"access_token\":\"\\ud800\",\"token_type\":1}",
     "half of a surrogate pair at byte 17 of the body"},
    {"{\"access_token\":\"a\",\"access_token\":\"b\",\"token_type\":\"Bearer\"}", "twice"},
    {"{\"access_token\":\"a\"}", "token_type"},
    {"{\"access_token\":\"a\",\"token_type\":\"mac\"}", "token_type"},
    {"{\"access_token\":\"a\",\"token_type\":\"Bearer \"}", "token_type"},
    {"{\"access_token\":\"a\",\"token_type\":null}", "token_type"},
    {"{" TOKEN ",\"expires_in\":0}", "expires_in"},
    {"{" TOKEN ",\"expires_in\":0.9}", "expires_in"},
    {"{" TOKEN ",\"expires_in\":-1}", "expires_in"},
    {"{" TOKEN ",\"expires_in\":\"-1\"}", "expires_in"},
    {"{" TOKEN ",\"expires_in\":\"\"}", "expires_in"},
    {"{" TOKEN ",\"expires_in\":\"1800 \"}", "expires_in"},
    {"{" TOKEN ",\"expires_in\":\"1e3\"}", "expires_in"},
    {"{" TOKEN ",\"expires_in\":true}", "expires_in"},
    {"{" TOKEN ",\"expires_in\":[1]}", "expires_in"},
    {"{" TOKEN "},", "after the object"},
};

static void test_bad(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        char text[1024];
        struct result result;
        size_t size =
            make_response(text, sizeof text, "200 OK", "Content-Type: text/x\r\n", bad[i].body);
        run_every_way((span){text, size}, OPEN, &result);
        if (result.state != PINETOKEN_FAILED || strstr(result.error.message, bad[i].why) == NULL) {
            fail_msg("%s: %d %s", bad[i].body, result.state, result.error.message);
        }
        assert_int_equal(result.error.status, PINETOKEN_PROTOCOL);
        assert_int_equal(result.error.http_status, 200);
        assert_message(result.error, "; the body is \"text/x\"");
        assert_advice(result.error, "check that this is the issuer's token URL");
        assert_false(result.error.transient);
        assert_true(result.error.offset >= 0);
    }
}

static const struct {
    const char *line;
    const char *fields;
    const char *body;
    pinetoken_status status;
    const char *oauth_error;
    int64_t retry_after_ms;
    const char *why;
} refusals[] = {
    {"401 Unauthorized", "",
     "{\"error\":\"access_denied\",\"error_description\":\"Unauthorized \\u001b[31m\"}",
     PINETOKEN_REJECTED, "access_denied", -1, "\"access_denied\": \"Unauthorized \\x1b[31m\""},
    {"400 Bad Request", "", "{\"error\":\"invalid_client\"}", PINETOKEN_REJECTED, "invalid_client",
     -1, "HTTP 400 \"invalid_client\""},
    {"403 Forbidden", "", "{}", PINETOKEN_REJECTED, "", -1, "HTTP 403"},
    {"403 Forbidden", "Content-Type: text/html\r\n", "<html>Blocked</html>", PINETOKEN_REJECTED, "",
     -1, "its body is \"text/html\""},
    {"404 Not Found", "", "", PINETOKEN_REJECTED, "", -1, "HTTP 404"},
    {"400 Bad Request", "", "{\"error\":\"quote\\\"d\"}", PINETOKEN_REJECTED, "", -1, "HTTP 400"},
    {"400 Bad Request", "", "{\"error\":\"\"}", PINETOKEN_REJECTED, "", -1, "HTTP 400 ("},
    {"400 Bad Request", "", "{\"error\":\"a\\u001f\"}", PINETOKEN_REJECTED, "", -1, "HTTP 400"},
    {"400 Bad Request", "", "{\"error\":\"a\\u007f\"}", PINETOKEN_REJECTED, "", -1, "HTTP 400"},
    {"400 Bad Request", "", "{\"error\":\"a\\\\b\"}", PINETOKEN_REJECTED, "", -1, "HTTP 400"},
    {"400 Bad Request", "", "{\"error\":\"\\ud800\"}", PINETOKEN_REJECTED, "", -1, "HTTP 400"},
    {"400 Bad Request", "", "{\"error\":\"a\",\"error_description\":\"\\ud800\"}",
     PINETOKEN_REJECTED, "", -1, "HTTP 400"},
    {"400 Bad Request", "", "{\"error\":\"a\",\"error_description\":\"\"}", PINETOKEN_REJECTED, "a",
     -1, "HTTP 400 \"a\" ("},
    {"400 Bad Request", "",
     "{\"error\":\"123456789012345678901234567890123456789012345678901234567890123\"}",
     PINETOKEN_REJECTED, "123456789012345678901234567890123456789012345678901234567890123", -1, ""},
    {"400 Bad Request", "",
     "{\"error\":\"1234567890123456789012345678901234567890123456789012345678901234\"}",
     PINETOKEN_REJECTED, "", -1, "HTTP 400"},
    {"404 Not Found", "Location: /elsewhere\r\n", "", PINETOKEN_REJECTED, "", -1, "HTTP 404"},
    {"429 Too Many", "Retry-After: 123456789012345678901234567890123\r\n", "", PINETOKEN_THROTTLED,
     "", -1, "HTTP 429"},
    {"400 Bad Request", "", "{\"error\":1}", PINETOKEN_REJECTED, "", -1, "HTTP 400"},
    {"429 Too Many Requests", "Retry-After: 30\r\n", "{\"error\":\"too_many\"}",
     PINETOKEN_THROTTLED, "too_many", 30000, "retry after 30 s"},
    {"429 Too Many Requests", "", "", PINETOKEN_THROTTLED, "", -1, "HTTP 429"},
    {"429 Too Many Requests", "Retry-After: -1\r\n", "", PINETOKEN_THROTTLED, "", -1, "HTTP 429"},
    {"429 Too Many Requests", "Retry-After: soon\r\n", "", PINETOKEN_THROTTLED, "", -1, "HTTP 429"},
    {"429 Too Many Requests", "Retry-After: 99999999999999999999\r\n", "", PINETOKEN_THROTTLED, "",
     INT64_C(604800000), "retry after 604800 s"},
    {"500 Oops", "", "", PINETOKEN_UNAVAILABLE, "", -1, "HTTP 500"},
    {"501 Oops", "", "", PINETOKEN_UNAVAILABLE, "", -1, "HTTP 501"},
    {"502 Oops", "", "", PINETOKEN_UNAVAILABLE, "", -1, "HTTP 502"},
    {"504 Oops", "", "", PINETOKEN_UNAVAILABLE, "", -1, "HTTP 504"},
    {"505 Oops", "", "", PINETOKEN_UNAVAILABLE, "", -1, "HTTP 505"},
    {"499 Oops", "", "", PINETOKEN_REJECTED, "", -1, "HTTP 499"},
    {"407 Oops", "", "", PINETOKEN_REJECTED, "", -1, "HTTP 407"},
    {"409 Oops", "", "", PINETOKEN_REJECTED, "", -1, "HTTP 409"},
    {"424 Oops", "", "", PINETOKEN_REJECTED, "", -1, "HTTP 424"},
    {"426 Oops", "", "", PINETOKEN_REJECTED, "", -1, "HTTP 426"},
    {"428 Oops", "", "", PINETOKEN_REJECTED, "", -1, "HTTP 428"},
    {"430 Oops", "", "", PINETOKEN_REJECTED, "", -1, "HTTP 430"},
    {"399 Oops", "", "", PINETOKEN_PROTOCOL, "", -1, "HTTP 399"},
    {"400 Bad", "", "{\"error\":\"\\u001fa\"}", PINETOKEN_REJECTED, "", -1, "HTTP 400"},
    {"400 Bad", "", "{\"error\":\"\\\"a\"}", PINETOKEN_REJECTED, "", -1, "HTTP 400"},
    {"400 Bad", "", "{\"error\":\" a~\"}", PINETOKEN_REJECTED, " a~", -1, "HTTP 400 \" a~\""},
    {"400 Bad", "Content-Type: text/x\r\n", "{\"error\":\"a\",\"error_description\":1}",
     PINETOKEN_REJECTED, "a", -1, "HTTP 400 \"a\" ("},
    {"429 Slow", "Retry-After: 0\r\n", "", PINETOKEN_THROTTLED, "", 0, "HTTP 429, retry after 0 s"},
    {"429 Slow", "Retry-After: 1x\r\n", "", PINETOKEN_THROTTLED, "", -1, "HTTP 429"},
    {"429 Slow", "Retry-After: x1\r\n", "", PINETOKEN_THROTTLED, "", -1, "HTTP 429"},
    {"429 Slow", "Retry-After: 604800\r\n", "", PINETOKEN_THROTTLED, "", INT64_C(604800000), ""},
    {"429 Slow", "Retry-After: 604801\r\n", "", PINETOKEN_THROTTLED, "", INT64_C(604800000), ""},
    {"429 Slow", "Retry-After: 604799\r\n", "", PINETOKEN_THROTTLED, "", INT64_C(604799000), ""},
    {"429 Slow", "Retry-After: 12345678901234567890123456789012\r\n", "", PINETOKEN_THROTTLED, "",
     INT64_C(604800000), ""},
    {"429 Now",
     "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "",
     PINETOKEN_THROTTLED, "", 0, "retry after 0 s"},
    {"429 Soon",
     "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:38 GMT\r\n", "",
     PINETOKEN_THROTTLED, "", 1000, "retry after 1 s"},
    {"429 Week",
     "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 13 Nov 1994 08:49:36 GMT\r\n", "",
     PINETOKEN_THROTTLED, "", INT64_C(604799000), ""},
    {"429 Week",
     "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 13 Nov 1994 08:49:38 GMT\r\n", "",
     PINETOKEN_THROTTLED, "", INT64_C(604800000), ""},
    {"429 Limit", "X-RateLimit-Reset: 604800\r\n", "", PINETOKEN_THROTTLED, "", INT64_C(604800000),
     ""},
    {"429 Limit", "X-RateLimit-Reset: 604801\r\n", "", PINETOKEN_THROTTLED, "", -1, ""},
    {"429 Limit", "X-RateLimit-Reset: 0\r\n", "", PINETOKEN_THROTTLED, "", 0, ""},
    {"428 Limit", "X-RateLimit-Reset: 7\r\n", "", PINETOKEN_REJECTED, "", -1, "HTTP 428"},
    {"299 Fine", "Location: /x\r\n", "", PINETOKEN_PROTOCOL, "", -1, "HTTP 299"},
    {"399 Far", "Location: /x\r\n", "", PINETOKEN_PROTOCOL, "", -1, "redirects to \"/x\""},
    {"429 Slow",
     "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\n", "",
     PINETOKEN_THROTTLED, "", 30000, "retry after 30 s"},
    {"429 Past",
     "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:07 GMT\r\n", "",
     PINETOKEN_THROTTLED, "", 0, "retry after 0 s"},
    {"429 Far",
     "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 2094 08:49:07 GMT\r\n", "",
     PINETOKEN_THROTTLED, "", INT64_C(604800000), "retry after 604800 s"},
    {"429 No Date", "Retry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\n", "", PINETOKEN_THROTTLED, "",
     -1, "HTTP 429"},
    {"429 Limit", "X-RateLimit-Reset: 7\r\n", "", PINETOKEN_THROTTLED, "", 7000, "retry after 7 s"},
    {"429 Limit", "x-ratelimit-reset: 784111787\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "",
     PINETOKEN_THROTTLED, "", 10000, "retry after 10 s"},
    {"429 Limit", "X-RateLimit-Reset: 784111787\r\n", "", PINETOKEN_THROTTLED, "", -1, "HTTP 429"},
    {"429 Limit", "X-RateLimit-Reset: x\r\n", "", PINETOKEN_THROTTLED, "", -1, "HTTP 429"},
    {"429 Limit", "X-RateLimit-Reset: 9999999999999999\r\n", "", PINETOKEN_THROTTLED, "",
     INT64_C(604800000), "HTTP 429"},
    {"429 Both", "X-RateLimit-Reset: 7\r\nRetry-After: 3\r\n", "", PINETOKEN_THROTTLED, "", 3000,
     "retry after 3 s"},
    {"503 Limit", "X-RateLimit-Reset: 7\r\n", "", PINETOKEN_UNAVAILABLE, "", -1, "HTTP 503"},
    {"503 Busy", "Retry-After: 2\r\n", "", PINETOKEN_UNAVAILABLE, "", 2000, "HTTP 503"},
    {"429 Limit", "RateLimit: \"default\";r=0;t=30\r\n", "", PINETOKEN_THROTTLED, "", 30000,
     "retry after 30 s"},
    {"429 Limit", "RateLimit-Policy: \"a\";q=9;w=60\r\nratelimit: \"a\";r=0\r\n", "",
     PINETOKEN_THROTTLED, "", 60000, "retry after 60 s"},
    {"429 Limit", "RateLimit: limit=100, remaining=0, reset=7\r\n", "", PINETOKEN_THROTTLED, "",
     7000, "retry after 7 s"},
    {"429 Limit", "RateLimit-Remaining: 0\r\nRateLimit-Reset: 9\r\n", "", PINETOKEN_THROTTLED, "",
     9000, "retry after 9 s"},
    {"429 All", "X-RateLimit-Reset: 7\r\nRateLimit: \"a\";r=0;t=5\r\nRetry-After: 3\r\n", "",
     PINETOKEN_THROTTLED, "", 3000, "retry after 3 s"},
    {"429 Two", "X-RateLimit-Reset: 7\r\nRateLimit: \"a\";r=0;t=5\r\n", "", PINETOKEN_THROTTLED, "",
     5000, "retry after 5 s"},
    {"429 Two", "X-RateLimit-Reset: 7\r\nRateLimit: \"a\";r=4;t=5\r\n", "", PINETOKEN_THROTTLED, "",
     7000, "retry after 7 s"},
    {"503 Limit", "RateLimit: \"a\";r=0;t=5\r\n", "", PINETOKEN_UNAVAILABLE, "", -1, "HTTP 503"},
    {"511 Portal", "", "", PINETOKEN_UNAVAILABLE, "", -1, "HTTP 511"},
    {"510 Not Extended", "", "", PINETOKEN_UNAVAILABLE, "", -1, "HTTP 510"},
    {"520 Unknown", "", "", PINETOKEN_UNAVAILABLE, "", -1, "HTTP 520"},
    {"527 Railgun", "", "", PINETOKEN_UNAVAILABLE, "", -1, "HTTP 527"},
    {"530 Edge", "", "", PINETOKEN_UNAVAILABLE, "", -1, "HTTP 530"},
    {"599 ?", "", "", PINETOKEN_UNAVAILABLE, "", -1, "HTTP 599"},
    {"408 Timeout", "", "", PINETOKEN_UNAVAILABLE, "", -1, "HTTP 408"},
    {"425 Too Early", "", "", PINETOKEN_UNAVAILABLE, "", -1, "HTTP 425"},
    {"302 Found", "Location: https://evil/\r\n", "", PINETOKEN_PROTOCOL, "", -1,
     "redirects to \"https://evil/\""},
    {"308 Permanent", "Location: /x\r\n", "", PINETOKEN_PROTOCOL, "", -1, "redirects to \"/x\""},
    {"300 Choices", "", "", PINETOKEN_PROTOCOL, "", -1, "HTTP 300"},
    {"201 Created", "", "{" TOKEN "}", PINETOKEN_PROTOCOL, "", -1, "HTTP 201"},
};

static const char *advice_for(int http_status) {
    return http_status == 401 || http_status == 403 ? "are they of the same service account"
           : http_status == 429                     ? "ask less often"
           : http_status >= 500 || http_status == 408 || http_status == 425 ? "try again later"
           : http_status >= 400 ? "check client ID, secret, audience and token URL"
                                : "check that this is the issuer's token URL";
}

static void test_refusals(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(refusals); i++) {
        char text[1024];
        struct result result;
        size_t size = make_response(text, sizeof text, refusals[i].line, refusals[i].fields,
                                    refusals[i].body);
        run_every_way((span){text, size}, OPEN, &result);
        assert_int_equal(result.state, PINETOKEN_FAILED);
        assert_int_equal(result.error.status, refusals[i].status);
        assert_string_equal(result.error.oauth_error, refusals[i].oauth_error);
        assert_int_equal(result.error.retry_after_ms, refusals[i].retry_after_ms);
        int status = result.error.http_status;
        bool is_final = status == 501 || status == 505 || status == 511;
        assert_int_equal(result.error.transient, status == 408 || status == 425 || status == 429 ||
                                                     (status >= 500 && !is_final));
        assert_message(result.error, refusals[i].why);
        assert_advice(result.error, advice_for(status));
        assert_int_equal(result.error.http_status, strtol(refusals[i].line, NULL, 10));
        assert_int_equal(result.error.offset, -1);
    }
}

/* To the letter. */
static void test_refusals_in_words(void **state) {
    static const struct {
        const char *line, *fields, *body, *message;
    } cases[] = {
        {"404 No", "", "", "issuer: answered HTTP 404"},
        {"300 Many", "", "", "issuer: answered HTTP 300"},
        {"404 No", "Content-Type: x\r\n", "",
         "issuer: answered HTTP 404, without an OAuth error; its body is \"x\""},
        {"200 OK", "Content-Type: x\r\n", "", "JSON: not an object at byte 0; the body is \"x\""},
        {"200 OK", "", "", "JSON: not an object at byte 0"},
        {"404 No", "Content-Type: a/b\r\n", "",
         "issuer: answered HTTP 404, without an OAuth error; its body is \"a/b\""},
        {"404 No", "Content-Type: a/b\r\n", "{\"error\":\"x\"}", "issuer: answered HTTP 404 \"x\""},
        {"404 No", "", "{\"error\":\"x\",\"error_description\":\"y\"}",
         "issuer: answered HTTP 404 \"x\": \"y\""},
        {"503 No", "Retry-After: 61\r\n", "", "issuer: answered HTTP 503, retry after 61 s"},
        {"307 Go", "Location: /\r\n", "",
         "response: HTTP 307 redirects to \"/\", which is never followed"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[512];
        struct result result;
        size_t size =
            make_response(text, sizeof text, cases[i].line, cases[i].fields, cases[i].body);
        run((span){text, size}, 0, size, OPEN, &result);
        assert_string_equal(result.error.message, cases[i].message);
    }
}

static const struct {
    const char *text;
    enum end end;
    pinetoken_want state;
    pinetoken_status status;
    int http_status;
    int64_t offset;
    const char *why;
} endings[] = {
    {"", CLOSED, PINETOKEN_FAILED, PINETOKEN_NETWORK, 0, -1, "closed by the peer before"},
    {"", CUT, PINETOKEN_FAILED, PINETOKEN_NETWORK, 0, -1, "closed by the peer before"},
    {"<html>\r\n", OPEN, PINETOKEN_FAILED, PINETOKEN_PROTOCOL, 0, 0, "status line"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 44\r\n\r\n{" TOKEN "}", CUT, PINETOKEN_COMPLETE,
     PINETOKEN_OK, 0, 0, ""},
    {"HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\n{}trailing", OPEN, PINETOKEN_FAILED,
     PINETOKEN_REJECTED, 401, -1, "HTTP 401"},
    {"H", CUT, PINETOKEN_FAILED, PINETOKEN_PROTOCOL, 0, 1, "closed in its head at byte 1"},
    {"HTTP/1.1 20", CUT, PINETOKEN_FAILED, PINETOKEN_PROTOCOL, 0, 11, "closed in its head"},
    {"HTTP/1.1 200 OK\r\nA", CLOSED, PINETOKEN_FAILED, PINETOKEN_PROTOCOL, 200, 18,
     "closed in its head"},
    {"HTTP/1.1 200 OK\r\n\r\n{" TOKEN "}", CLOSED, PINETOKEN_COMPLETE, PINETOKEN_OK, 0, 0, ""},
    {"HTTP/1.1 200 OK\r\n\r\n{" TOKEN "}", CUT, PINETOKEN_FAILED, PINETOKEN_PROTOCOL, 200, 63,
     "cut, not closed"},
    {"HTTP/1.1 200 OK\r\n\r\n{" TOKEN "}", OPEN, PINETOKEN_WANT_RECEIVE, PINETOKEN_OK, 0, 0, ""},
    {"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{" TOKEN "}", CLOSED, PINETOKEN_FAILED,
     PINETOKEN_PROTOCOL, 200, 83, "closed before its end"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\nx", OPEN, PINETOKEN_FAILED,
     PINETOKEN_PROTOCOL, 200, 53, "without a digit"},
    /* The status line makes a refusal, whatever happens to its body. */
    {"HTTP/1.1 503 Busy\r\nContent-Length: 99\r\n\r\n<html>", CUT, PINETOKEN_FAILED,
     PINETOKEN_UNAVAILABLE, 503, -1, "HTTP 503"},
    {"HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\nx", OPEN, PINETOKEN_FAILED,
     PINETOKEN_REJECTED, 401, -1, "HTTP 401"},
    /* The part of the body before the fault is not read. */
    {"HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\n13\r\n{\"error\":\"unheard\"}\r\nx",
     OPEN, PINETOKEN_FAILED, PINETOKEN_REJECTED, 401, -1, "HTTP 401 (check"},
    {"HTTP/1.1 503 Busy\r\nContent-Length: 30000\r\n\r\n", OPEN, PINETOKEN_FAILED,
     PINETOKEN_UNAVAILABLE, 503, -1, "HTTP 503"},
    {"HTTP/1.1 429 No\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n", OPEN, PINETOKEN_FAILED,
     PINETOKEN_THROTTLED, 429, -1, "HTTP 429"},
};

static void test_endings(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(endings); i++) {
        struct result result;
        run_every_way(span_text(endings[i].text), endings[i].end, &result);
        assert_int_equal(result.state, endings[i].state);
        assert_int_equal(result.error.status, endings[i].status);
        assert_int_equal(result.error.http_status, endings[i].http_status);
        assert_message(result.error, endings[i].why);
        assert_int_equal(result.error.offset, endings[i].offset);
        int status = result.error.http_status;
        assert_int_equal(result.error.transient, result.error.status == PINETOKEN_NETWORK ||
                                                     status == 503 || status == 429);
    }
}

static void test_logs(void **state) {
    struct result result;
    (void)state;
    run(SPAN("HTTP/1.1 404 No\r\nContent-Type: a/b\r\nContent-Length: 1\r\n\r\nxabc"), 0, 1000,
        OPEN, &result);
    assert_string_equal(logged, "1 receive http.response|a/b|404\n"
                                "0 receive http.surplus||3\n");
    run(SPAN("HTTP/1.1 404 No\r\nContent-Length: 1\r\n\r\nx"), 0, 1000, OPEN, &result);
    assert_string_equal(logged, "1 receive http.response||404\n");
    run(SPAN("HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nx"), 0, 1000, OPEN, &result);
    assert_string_equal(logged, "1 receive http.response||404\n");
    run(SPAN("HTTP/1.1 404 No\r\nDate: t\r\nContent-Length: 1\r\n\r\nx"), 0, 1000, OPEN, &result);
    assert_string_equal(logged, "1 receive http.response||404\n"
                                "2 receive http.date|t|-1\n");
    /* What is damaged has no end. */
    run(SPAN("HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"), 0, 1000, OPEN, &result);
    assert_string_equal(logged, "1 receive http.response||404\n");
    run(SPAN("garbage\r\n"), 0, 1000, OPEN, &result);
    assert_string_equal(logged, "");
}

/* If an issuer repeats the secret, it is shown nowhere, whatever is quoted. */
static void test_secret_is_masked(void **state) {
    static const struct {
        const char *line, *fields, *body, *message;
    } cases[] = {
        {"401 No", "", "{\"error\":\"x\",\"error_description\":\"no " SECRET "!\"}",
         "\"x\": \"no *****************!\""},
        {"401 No", "", "{\"error\":\"" SECRET "\"}", "401 \"*****************\""},
        {"401 No", "", "{\"error\":\"x\",\"error_description\":\"\\u0074he-client-secret\"}",
         "\"x\": \"*****************\""},
        {"401 No", "", "{\"error\":\"\\u0074he-client-secret\"}", "401 \"*****************\""},
        {"400 No", "Content-Type: " SECRET "/x\r\n", "", "\"*****************/x\""},
        {"302 No", "Location: https://other/?" SECRET "\r\n", "",
         "https://other/?*****************"},
        {"200 OK", "Content-Type: text/" SECRET "\r\n", "<html>", "text/*****************"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[1024];
        struct result result;
        size_t size =
            make_response(text, sizeof text, cases[i].line, cases[i].fields, cases[i].body);
        run((span){text, size}, 0, 1000, OPEN, &result);
        assert_int_equal(result.state, PINETOKEN_FAILED);
        assert_message(result.error, cases[i].message);
        assert_null(strstr(result.error.message, SECRET));
        assert_null(strstr(result.error.oauth_error, SECRET));
        assert_null(strstr(logged, SECRET));
    }
}

/* Where to receive and how much: what was promised fits, one byte more is refused. */
static void test_room(void **state) {
    static const char head[] = "HTTP/1.1 200 OK\r\nX: ";
    size_t capacity = 0;
    size_t more = 0;
    (void)state;
    pinetoken_exchange *exchange = start();
    send_all(exchange, SIZE_MAX);
    char *input = pinetoken_exchange_input(exchange, &capacity);
    assert_true(capacity > LIMIT_REQUEST_HEAD + LIMIT_RESPONSE_BODY && capacity <= sizeof storage);
    pinetoken_exchange_received(exchange, capacity + 1);
    assert_ptr_equal(pinetoken_exchange_input(exchange, &more), input);
    assert_int_equal(more, capacity);
    memcpy(input, head, sizeof head - 1);
    pinetoken_exchange_received(exchange, sizeof head - 1);
    assert_ptr_equal(pinetoken_exchange_input(exchange, &more), input + sizeof head - 1);
    assert_int_equal(more, capacity - (sizeof head - 1));
    pinetoken_exchange_received(exchange, more + 1);
    assert_int_equal(pinetoken_exchange_state(exchange), PINETOKEN_WANT_RECEIVE);
    memset(input + sizeof head - 1, 'x', more);
    pinetoken_exchange_received(exchange, more);
    assert_int_equal(pinetoken_exchange_state(exchange), PINETOKEN_FAILED);
    pinetoken_exchange_wipe(exchange);
}

/* Request bytes go as they are sent, whatever the parts; the wipe takes all that is left. */
static void test_secret_is_wiped(void **state) {
    (void)state;
    pinetoken_exchange *exchange = start();
    assert_true(storage_contains(SPAN(SECRET)));
    send_all(exchange, 1);
    assert_false(storage_contains(SPAN(SECRET)));
    assert_false(storage_contains(SPAN("client_secret")));
    assert_false(storage_contains(SPAN("credentials\"}")));
    receive(exchange, SPAN("HTTP/1.1 200 OK\r\nContent-Length: 44\r\n\r\n{" TOKEN "}"));
    assert_int_equal(pinetoken_exchange_state(exchange), PINETOKEN_COMPLETE);
    assert_true(storage_contains(SPAN("access_token")));
    pinetoken_exchange_wipe(exchange);
    assert_false(storage_contains(SPAN("tok")));
    pinetoken_exchange_wipe(exchange);
    assert_int_equal(pinetoken_exchange_state(exchange), PINETOKEN_FAILED);
    pinetoken_error error = {0};
    pinetoken_exchange_failure(exchange, &error);
    assert_int_equal(error.status, PINETOKEN_OK);
    assert_int_equal(error.offset, -1);
    assert_string_equal(error.message, "");

    exchange = start();
    pinetoken_exchange_wipe(exchange);
    assert_false(storage_contains(SPAN(SECRET)));
}

/* A body at the limit, one byte over it, and a token of each size. */
static void run_sizes(size_t token_size, size_t blanks, pinetoken_want want) {
    static char text[LIMIT_RESPONSE_BODY + 512];
    const span start_text = SPAN("{\"token_type\":\"Bearer\",\"access_token\":\"");
    struct result result;
    size_t body = start_text.size + token_size + 2 + blanks;
    int head = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", body);
    char *at = text + head;
    memcpy(at, start_text.data, start_text.size);
    memset(at + start_text.size, 'a', token_size);
    memcpy(at + start_text.size + token_size, "\"}", 2);
    memset(at + start_text.size + token_size + 2, ' ', blanks);
    run((span){text, (size_t)head + body}, 0, 4096, OPEN, &result);
    assert_int_equal(result.state, want);
}

static void test_sizes(void **state) {
    (void)state;
    const size_t around = sizeof "{\"token_type\":\"Bearer\",\"access_token\":\"\"}" - 1;
    run_sizes(LIMIT_TOKEN, 0, PINETOKEN_COMPLETE);
    run_sizes(LIMIT_TOKEN + 1, 0, PINETOKEN_FAILED);
    run_sizes(100, LIMIT_RESPONSE_BODY - 100 - around, PINETOKEN_COMPLETE);
    run_sizes(100, LIMIT_RESPONSE_BODY - 100 - around + 1, PINETOKEN_FAILED);
}

/* A head of `size` bytes, then a token and blanks that make the body one of `body` bytes. */
static void run_head(size_t size, size_t body, bool is_chunked, struct result *result) {
    static char text[2 * LIMIT_RESPONSE_HEAD + LIMIT_RESPONSE_BODY];
    int head =
        is_chunked
            ? snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: ")
            : snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nX: ", body);
    const span token = SPAN("{" TOKEN "}");
    memset(text + head, 'x', size - (size_t)head);
    memcpy(text + size - 4, "\r\n\r\n", 4);
    char *at = text + size;
    at += is_chunked ? snprintf(at, 16, "%zx\r\n", body) : 0;
    memcpy(at, token.data, token.size);
    memset(at + token.size, ' ', body - token.size);
    at += body;
    memcpy(at, "\r\n0\r\n\r\n", 7);
    at += is_chunked ? 7 : 0;
    run((span){text, (size_t)(at - text)}, 0, 1000, OPEN, result);
}

/* Long heads are taken; the body has what is left of the room. */
static void test_long_heads(void **state) {
    (void)state;
    for (int is_chunked = 0; is_chunked < 2; is_chunked++) {
        struct result result;
        run_head(LIMIT_REQUEST_HEAD, LIMIT_RESPONSE_BODY, is_chunked != 0, &result);
        assert_int_equal(result.state, PINETOKEN_COMPLETE);
        run_head(LIMIT_REQUEST_HEAD + 1, LIMIT_RESPONSE_BODY - 1, is_chunked != 0, &result);
        assert_int_equal(result.state, PINETOKEN_COMPLETE);
        run_head(LIMIT_REQUEST_HEAD + 1, LIMIT_RESPONSE_BODY, is_chunked != 0, &result);
        assert_int_equal(result.state, PINETOKEN_FAILED);
        assert_int_equal(result.error.status, PINETOKEN_PROTOCOL);
        assert_message(result.error, "too long");
        run_head(LIMIT_RESPONSE_HEAD, 12288, is_chunked != 0, &result);
        assert_int_equal(result.state, PINETOKEN_COMPLETE);
        run_head(LIMIT_RESPONSE_HEAD, 12289, is_chunked != 0, &result);
        assert_int_equal(result.state, PINETOKEN_FAILED);
        run_head(LIMIT_RESPONSE_HEAD + 1, 100, is_chunked != 0, &result);
        assert_int_equal(result.state, PINETOKEN_FAILED);
        assert_message(
            result.error,
            "response: a head that does not end within 16384 bytes, at byte 16384 (the server");
    }
}

static void test_refused_configuration(void **state) {
    (void)state;
    pinetoken_config config;
    pinetoken_error error = {0};
    pinetoken_config_init(&config);
    assert_null(pinetoken_exchange_init(&storage, &config, &error));
    assert_int_equal(error.status, PINETOKEN_CREDENTIALS);
    config.client_id = "id";
    assert_null(pinetoken_exchange_init(&storage, &config, &error));
    assert_int_equal(error.status, PINETOKEN_CREDENTIALS);
    config.token_url = "http://h/";
    assert_null(pinetoken_exchange_init(&storage, &config, &error));
    assert_int_equal(error.status, PINETOKEN_USAGE);
    pinetoken_config_init(&config);
    config.audience = "";
    assert_null(pinetoken_exchange_init(&storage, &config, &error));
    assert_int_equal(error.status, PINETOKEN_USAGE);
    config.size = sizeof config + 1;
    assert_null(pinetoken_exchange_init(&storage, &config, &error));
    assert_int_equal(error.status, PINETOKEN_USAGE);
}

/* Whatever the caller does wrong, nothing breaks. */
static void test_misuse(void **state) {
    (void)state;
    pinetoken_exchange *exchange = start();
    size_t capacity = 7;
    assert_null(pinetoken_exchange_input(exchange, &capacity));
    assert_int_equal(capacity, 0);
    pinetoken_exchange_received(exchange, 10);
    pinetoken_exchange_sent(exchange, SIZE_MAX);
    assert_int_equal(pinetoken_exchange_state(exchange), PINETOKEN_WANT_SEND);
    send_all(exchange, SIZE_MAX);
    pinetoken_exchange_received(exchange, SIZE_MAX);
    assert_int_equal(pinetoken_exchange_state(exchange), PINETOKEN_WANT_RECEIVE);
    assert_int_equal(pinetoken_exchange_output(exchange).size, 0);
    pinetoken_exchange_sent(exchange, 1);
    pinetoken_exchange_closed(exchange, true);
    pinetoken_exchange_closed(exchange, true);
    pinetoken_exchange_received(exchange, 1);
    assert_int_equal(pinetoken_exchange_state(exchange), PINETOKEN_FAILED);
    assert_null(pinetoken_exchange_input(exchange, &capacity));
    pinetoken_exchange_wipe(exchange);
    /* Closed before all was sent. */
    exchange = start();
    pinetoken_error error = {0};
    pinetoken_exchange_sent(exchange, 1);
    pinetoken_exchange_closed(exchange, true);
    assert_int_equal(pinetoken_exchange_state(exchange), PINETOKEN_FAILED);
    pinetoken_exchange_failure(exchange, &error);
    assert_int_equal(error.status, PINETOKEN_NETWORK);
    assert_true(error.transient);
    pinetoken_exchange_sent(exchange, 1);
    assert_int_equal(pinetoken_exchange_state(exchange), PINETOKEN_FAILED);
    pinetoken_exchange_wipe(exchange);
    /* Closed once more after the token: it stays. */
    exchange = start();
    send_all(exchange, SIZE_MAX);
    receive(exchange, SPAN("HTTP/1.1 200 OK\r\nContent-Length: 44\r\n\r\n{" TOKEN "}"));
    assert_int_equal(pinetoken_exchange_state(exchange), PINETOKEN_COMPLETE);
    pinetoken_exchange_closed(exchange, false);
    pinetoken_exchange_received(exchange, 1);
    assert_int_equal(pinetoken_exchange_state(exchange), PINETOKEN_COMPLETE);
    pinetoken_exchange_wipe(exchange);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_refusals_in_words),
        cmocka_unit_test(test_logs),
        cmocka_unit_test(test_secret_is_masked),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_endings),
        cmocka_unit_test(test_secret_is_wiped),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_long_heads),
        cmocka_unit_test(test_misuse),
        cmocka_unit_test(test_refused_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
