/* A call: what goes out, from memory or a stream, and what comes of every answer however it is cut.
 */
#include "http/call.h"

#include "support/test.h"

/* A caller: a body to read in parts, and room for what is written. */
struct caller {
    const char *body;
    size_t part; /* at most so many bytes a read */
    bool cannot_read, cannot_write;
    char out[65536];
    size_t size;
};

static bool read_part(void *user, char *data, size_t capacity, size_t *size) {
    struct caller *caller = user;
    size_t left = strlen(caller->body);
    *size = left < capacity ? left : capacity;
    *size = *size < caller->part ? *size : caller->part;
    memcpy(data, caller->body, *size);
    caller->body += *size;
    return !caller->cannot_read;
}

static bool write_part(void *user, const char *data, size_t size) {
    struct caller *caller = user;
    assert_true(caller->size + size <= sizeof caller->out);
    memcpy(caller->out + caller->size, data, size);
    caller->size += size;
    return !caller->cannot_write;
}

static struct caller caller;
static struct call call;
static pinetoken_error error;
static char sent[65536];
static size_t sent_size;

static pinetoken_config make_config(void) {
    pinetoken_config config;
    pinetoken_config_init(&config);
    return config;
}

static pinetoken_call make_request(const char *method, const char *body, int64_t length) {
    caller = (struct caller){.body = body, .part = SIZE_MAX};
    return (pinetoken_call){.method = method,
                            .token = SPAN("tok"),
                            .content_type = body == NULL ? NULL : "application/json",
                            .content_length = length,
                            .read = read_part,
                            .write = write_part,
                            .user = &caller};
}

static bool begin(const pinetoken_config *config, const pinetoken_call *request) {
    static struct url url;
    assert_true(url_parse(SPAN("https://h/p?q"), &url, &error));
    return call_init(&call, config, &url, request, &error);
}

/* Takes at most `most` bytes at once. */
static void send_all(size_t most) {
    sent_size = 0;
    while (call.state == PINETOKEN_WANT_SEND) {
        span output = call_output(&call);
        size_t size = output.size < most ? output.size : most;
        assert_true(size > 0 && sent_size + size < sizeof sent);
        memcpy(sent + sent_size, output.data, size);
        sent_size += size;
        call_sent(&call, size);
    }
    sent[sent_size] = '\0';
}

static void receive(const char *bytes, size_t size, size_t most) {
    for (size_t at = 0; at < size && call.state == PINETOKEN_WANT_RECEIVE;) {
        size_t capacity = 0;
        char *input = call_input(&call, &capacity);
        size_t part = size - at < most ? size - at : most;
        part = part < capacity ? part : capacity;
        memcpy(input, bytes + at, part);
        call_received(&call, part);
        at += part;
    }
}

#define HEAD                                                                      \
    " /p?q HTTP/1.1\r\nHost: h\r\n"                                               \
    "User-Agent: pinetoken/" PINETOKEN_VERSION "\r\nAccept: application/json\r\n" \
    "X-Pinecone-Api-Version: 2025-04\r\nAuthorization: Bearer tok\r\n"

static void test_requests(void **state) {
    static const char *const headers[] = {"X-A: b", "X-C:  d ", NULL};
    static const struct {
        const char *method, *body;
        int64_t length;
        const char *expected;
    } cases[] = {
        {"GET", NULL, 0, "GET" HEAD "X-A: b\r\nX-C: d\r\nConnection: close\r\n\r\n"},
        {"POST", "", 0,
         "POST" HEAD "Content-Length: 0\r\nContent-Type: application/json\r\n"
         "X-A: b\r\nX-C: d\r\nConnection: close\r\n\r\n"},
        {"POST", "{\"a\":1}", 7,
         "POST" HEAD "Content-Length: 7\r\nContent-Type: application/json\r\n"
         "X-A: b\r\nX-C: d\r\nConnection: close\r\n\r\n{\"a\":1}"},
        {"POST", "{\"a\":1}", -1,
         "POST" HEAD "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n"
         "X-A: b\r\nX-C: d\r\nConnection: close\r\n\r\n00000007\r\n{\"a\":1}\r\n0\r\n\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (size_t most = 1; most < 400; most += 7) {
            pinetoken_config config = make_config();
            pinetoken_call request = make_request(cases[i].method, cases[i].body, cases[i].length);
            config.headers = headers;
            assert_true(begin(&config, &request));
            send_all(most);
            assert_span(((span){sent, sent_size}), cases[i].expected);
            assert_int_equal(call.state, PINETOKEN_WANT_RECEIVE);
            /* Nothing of the token is left behind. */
            for (size_t j = 0; j + 3 <= sizeof call.buffer; j++) {
                assert_memory_not_equal(call.buffer + j, "tok", 3);
            }
        }
    }
}

static void test_long_bodies(void **state) {
    static char body[40001];
    (void)state;
    memset(body, 'x', sizeof body - 1);
    for (int64_t length = -1; length <= 40000; length += 40001) {
        pinetoken_config config = make_config();
        pinetoken_call request = make_request("POST", body, length);
        caller.part = 9999;
        assert_true(begin(&config, &request));
        send_all(SIZE_MAX);
        size_t count = 0;
        for (size_t i = 0; i < sent_size; i++) {
            count += sent[i] == 'x';
        }
        assert_true(count >= 40000 && call.is_consumed);
    }
}

static void test_refused_requests(void **state) {
    static const char *const bad[] = {"no colon", NULL};
    static const char *const own[] = {"authorization: x", NULL};
    static const char *const bad_value[] = {"a: \x01", NULL};
    static char token[LIMIT_TOKEN + 1];
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        pinetoken_config config = make_config();
        pinetoken_call request = make_request(i == 0   ? ""
                                              : i == 1 ? "G T"
                                                       : "POST",
                                              "x", i == 6 ? -1 : 1);
        config.headers = i == 2 ? bad : i == 3 ? bad_value : i == 7 ? own : NULL;
        memset(token, 't', sizeof token);
        request.token = i == 4   ? (span){token, sizeof token}
                        : i == 5 ? SPAN("a\nb")
                                 : request.token;
        request.content_type = i == 6 ? "\n" : "x";
        assert_false(begin(&config, &request));
        assert_int_equal(error.status, PINETOKEN_USAGE);
    }
    /* The longest token fits, but not with whatever beside it. */
    static char header[10000] = "X: ";
    const char *const headers[] = {header, NULL};
    pinetoken_config config = make_config();
    pinetoken_call request = make_request("GET", NULL, 0);
    request.token = (span){token, LIMIT_TOKEN};
    assert_true(begin(&config, &request));
    memset(header + 3, 'x', sizeof header - 4);
    config.headers = headers;
    assert_false(begin(&config, &request));
    config.headers = NULL;
    /* A length with a content type that is none. */
    request = make_request("PUT", "x", 1);
    request.content_type = "\n";
    assert_false(begin(&config, &request));
}

static void test_body_that_fails(void **state) {
    pinetoken_config config = make_config();
    (void)state;
    pinetoken_call request = make_request("POST", "abc", 10);
    assert_true(begin(&config, &request));
    send_all(SIZE_MAX);
    assert_int_equal(call.state, PINETOKEN_FAILED);
    assert_int_equal(call.error.status, PINETOKEN_LOCAL);
    assert_message(call.error, "ended before its length");
    request = make_request("POST", "abc", 3);
    caller.cannot_read = true;
    assert_true(begin(&config, &request));
    send_all(SIZE_MAX);
    assert_message(call.error, "cannot be read");
}

static const struct {
    const char *method;
    const char *answer;
    const char *content; /* NULL: broken */
    pinetoken_status status;
    bool closed; /* and ended well */
    const char *id;
} answers[] = {
    {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-Request-Id: r-1\r\n\r\nabc", "abc", 0, false,
     "r-1"},
    {"GET", "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno", "no", 0, false, ""},
    {"GET", "HTTP/1.1 301 Go\r\nLocation: https://x/\r\nContent-Length: 0\r\n\r\n", "", 0, false,
     ""},
    {"GET",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Pinecone-Request-Id: "
     "p\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
     "abcde", 0, false, "p"},
    {"GET", "HTTP/1.1 204 No\r\n\r\n", "", 0, false, ""},
    {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "", 0, false, ""},
    {"GET", "HTTP/1.0 200 OK\r\n\r\nabc", "abc", 0, true, ""},
    {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", NULL, PINETOKEN_PROTOCOL, true, ""},
    {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", NULL, PINETOKEN_PROTOCOL,
     false, ""},
    {"GET", "garbage\r\n\r\n", NULL, PINETOKEN_PROTOCOL, false, ""},
    {"GET", "HTTP/1.1 200 OK\r\nContent-", NULL, PINETOKEN_PROTOCOL, true, ""},
    {"GET", "", NULL, PINETOKEN_NETWORK, true, ""},
};

static void test_answers(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        size_t size = strlen(answers[i].answer);
        for (size_t most = 1; most <= size + 1; most++) {
            pinetoken_config config = make_config();
            pinetoken_call request = make_request(answers[i].method, NULL, 0);
            assert_true(begin(&config, &request));
            send_all(SIZE_MAX);
            receive(answers[i].answer, size, most);
            if (answers[i].closed) {
                call_closed(&call, true);
            }
            if (answers[i].content == NULL) {
                assert_int_equal(call.state, PINETOKEN_FAILED);
                assert_int_equal(call.error.status, answers[i].status);
            } else {
                assert_int_equal(call.state, PINETOKEN_COMPLETE);
                assert_span(((span){caller.out, caller.size}), answers[i].content);
                assert_string_equal(call.request_id, answers[i].id);
            }
        }
    }
}

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"

static void test_head_is_written(void **state) {
    pinetoken_config config = make_config();
    pinetoken_call request = make_request("GET", NULL, 0);
    (void)state;
    request.with_head = true;
    for (int fails = 0; fails < 2; fails++) {
        caller = (struct caller){.cannot_write = fails == 1};
        assert_true(begin(&config, &request));
        send_all(SIZE_MAX);
        receive(OK_HEAD "abc", sizeof OK_HEAD + 2, SIZE_MAX);
        assert_int_equal(call.state, fails ? PINETOKEN_FAILED : PINETOKEN_COMPLETE);
        if (!fails) {
            assert_span(((span){caller.out, caller.size}), OK_HEAD "abc");
        }
    }
    request.with_head = false;
    caller = (struct caller){.cannot_write = true};
    assert_true(begin(&config, &request));
    send_all(SIZE_MAX);
    receive(OK_HEAD "abc", sizeof OK_HEAD + 2, SIZE_MAX);
    assert_int_equal(call.state, PINETOKEN_FAILED);
    assert_int_equal(call.error.status, PINETOKEN_LOCAL);
}

static void test_refusals(void **state) {
    static const struct {
        const char *answer;
        bool may_refuse, refuse_unauthorized;
        pinetoken_want state;
        bool transient;
    } cases[] = {
        {"HTTP/1.1 503 No\r\nContent-Length: 1\r\nRetry-After: 7\r\n\r\nx", true, false,
         PINETOKEN_FAILED, true},
        {"HTTP/1.1 503 No\r\nContent-Length: 1\r\n\r\nx", false, true, PINETOKEN_COMPLETE, false},
        {"HTTP/1.1 401 No\r\nContent-Length: 1\r\n\r\nx", true, true, PINETOKEN_FAILED, false},
        {"HTTP/1.1 401 No\r\nContent-Length: 1\r\n\r\nx", true, false, PINETOKEN_COMPLETE, false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", true, true, PINETOKEN_COMPLETE, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        pinetoken_config config = make_config();
        pinetoken_call request = make_request("GET", NULL, 0);
        request.refuse_unauthorized = cases[i].refuse_unauthorized;
        assert_true(begin(&config, &request));
        call.may_refuse = cases[i].may_refuse;
        send_all(SIZE_MAX);
        receive(cases[i].answer, strlen(cases[i].answer), SIZE_MAX);
        assert_int_equal(call.state, cases[i].state);
        assert_int_equal(call.error.transient, cases[i].transient);
        assert_int_equal(caller.size, cases[i].state == PINETOKEN_COMPLETE ? 1 : 0);
        assert_int_equal(call.error.retry_after_ms, i == 0 ? 7000 : -1);
    }
}

/* A request whose body was read is not sent again by anybody: its refusal is an answer. */
static void test_refusal_of_a_body(void **state) {
    static const char busy[] = "HTTP/1.1 503 No\r\nContent-Length: 1\r\n\r\nx";
    pinetoken_config config = make_config();
    pinetoken_call request = make_request("PUT", "abc", 3);
    (void)state;
    assert_true(begin(&config, &request));
    call.may_refuse = true;
    send_all(SIZE_MAX);
    receive(busy, sizeof busy - 1, SIZE_MAX);
    assert_int_equal(call.state, PINETOKEN_COMPLETE);
}

/* More framing than any answer that is kept may have. */
static void test_many_chunks(void **state) {
    static char answer[400000];
    size_t size = 0;
    pinetoken_config config = make_config();
    pinetoken_call request = make_request("GET", NULL, 0);
    (void)state;
    size = (size_t)snprintf(answer, sizeof answer,
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (size_t i = 0; i < 60000; i++) {
        memcpy(answer + size, "1\r\nx\r\n", 6);
        size += 6;
    }
    memcpy(answer + size, "0\r\n\r\n", 5);
    size += 5;
    for (size_t most = 1; most < 100000; most = most * 7 + 1) {
        caller.size = 0;
        assert_true(begin(&config, &request));
        send_all(SIZE_MAX);
        receive(answer, size, most);
        assert_int_equal(call.state, PINETOKEN_COMPLETE);
        assert_int_equal(caller.size, 60000);
    }
}

static void test_idempotent(void **state) {
    static const char *const yes[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
    static const char *const no[] = {"POST", "PATCH", "get", "GETS", ""};
    (void)state;
    for (size_t i = 0; i < COUNT(yes); i++) {
        assert_true(call_is_idempotent(span_text(yes[i])));
        assert_false(call_is_idempotent(span_text(no[i])));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),          cmocka_unit_test(test_long_bodies),
        cmocka_unit_test(test_refused_requests),  cmocka_unit_test(test_body_that_fails),
        cmocka_unit_test(test_answers),           cmocka_unit_test(test_head_is_written),
        cmocka_unit_test(test_refusals),          cmocka_unit_test(test_idempotent),
        cmocka_unit_test(test_refusal_of_a_body), cmocka_unit_test(test_many_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
