/* A call: what is sent, from memory or a stream, and what comes of each response, however it is
 * split. */
#include "http/call.h"

#include "support/test.h"
#include "support/wipes.h"

/* A caller: a body to read in parts, and room for what is written. */
struct caller {
    const char *body;
    size_t part; /* at most this many bytes per read */
    bool cannot_read, cannot_write;
    size_t asked, asked_max; /* bytes: the last time, and the maximum */
    char out[65536];
    size_t size;
};

static bool read_part(void *user, char *data, size_t capacity, size_t *size) {
    struct caller *caller = user;
    size_t left = strlen(caller->body);
    caller->asked = capacity;
    caller->asked_max = capacity > caller->asked_max ? capacity : caller->asked_max;
    *size = left < capacity ? left : capacity;
    *size = *size < caller->part ? *size : caller->part;
    /* As much as was promised may be written to. */
    memset(data, '?', capacity);
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
    error = (pinetoken_error){0};
    assert_true(url_parse(SPAN("https://h/p?q"), &url, &error));
    return call_init(&call, config, &url, request, &error);
}

/* Takes at most `most` bytes at once. */
static void send_all(size_t most) {
    sent_size = 0;
    while (call.transaction.state == PINETOKEN_WANT_SEND) {
        span output = transaction_output(&call.transaction);
        size_t size = output.size < most ? output.size : most;
        assert_true(size > 0 && sent_size + size < sizeof sent);
        memcpy(sent + sent_size, output.data, size);
        sent_size += size;
        transaction_sent(&call.transaction, size);
    }
    sent[sent_size] = '\0';
}

static void receive(const char *bytes, size_t size, size_t most) {
    for (size_t at = 0; at < size && call.transaction.state == PINETOKEN_WANT_RECEIVE;) {
        size_t capacity = 0;
        char *input = transaction_input(&call.transaction, &capacity);
        size_t part = size - at < most ? size - at : most;
        part = part < capacity ? part : capacity;
        memcpy(input, bytes + at, part);
        transaction_received(&call.transaction, part);
        at += part;
    }
}

#define HEAD                                                                      \
    " /p?q HTTP/1.1\r\nHost: h\r\n"                                               \
    "User-Agent: pinetoken/" PINETOKEN_VERSION "\r\nAccept: application/json\r\n" \
    "Accept-Encoding: identity\r\n"                                               \
    "X-Pinecone-Api-Version: 2025-04\r\nAuthorization: Bearer tok\r\n"

static void test_requests(void **state) {
    static const char *const headers[] = {"X-A: b", "X-B:c", "X-C:  d ", "X-D:", NULL};
    static const struct {
        const char *method, *body;
        int64_t length;
        const char *expected;
    } cases[] = {
        {"GET", NULL, 0,
         "GET" HEAD "X-A: b\r\nX-B: c\r\nX-C: d\r\nX-D: \r\nConnection: close\r\n\r\n"},
        /* Without a type there is no body, whatever its length. */
        {"GET", NULL, 5,
         "GET" HEAD "X-A: b\r\nX-B: c\r\nX-C: d\r\nX-D: \r\nConnection: close\r\n\r\n"},
        {"POST", NULL, 0,
         "POST" HEAD "Content-Length: 0\r\n"
         "X-A: b\r\nX-B: c\r\nX-C: d\r\nX-D: \r\nConnection: close\r\n\r\n"},
        {"PUT", NULL, -1,
         "PUT" HEAD "Content-Length: 0\r\n"
         "X-A: b\r\nX-B: c\r\nX-C: d\r\nX-D: \r\nConnection: close\r\n\r\n"},
        {"PATCH", NULL, 7,
         "PATCH" HEAD "Content-Length: 0\r\n"
         "X-A: b\r\nX-B: c\r\nX-C: d\r\nX-D: \r\nConnection: close\r\n\r\n"},
        {"DELETE", NULL, 0,
         "DELETE" HEAD "X-A: b\r\nX-B: c\r\nX-C: d\r\nX-D: \r\nConnection: close\r\n\r\n"},
        {"POST", "", 0,
         "POST" HEAD "Content-Length: 0\r\nContent-Type: application/json\r\n"
         "X-A: b\r\nX-B: c\r\nX-C: d\r\nX-D: \r\nConnection: close\r\n\r\n"},
        {"POST", "{\"a\":1}", 7,
         "POST" HEAD "Content-Length: 7\r\nContent-Type: application/json\r\n"
         "X-A: b\r\nX-B: c\r\nX-C: d\r\nX-D: \r\nConnection: close\r\n\r\n{\"a\":1}"},
        {"POST", "{\"a\":1}", -1,
         "POST" HEAD "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n"
         "X-A: b\r\nX-B: c\r\nX-C: d\r\nX-D: \r\nConnection: "
         "close\r\n\r\n00000007\r\n{\"a\":1}\r\n0\r\n\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (size_t most = 1; most < 400; most += 7) {
            pinetoken_config config = make_config();
            pinetoken_call request = make_request(cases[i].method, cases[i].body, cases[i].length);
            request.headers = headers;
            assert_true(begin(&config, &request));
            send_all(most);
            assert_span(((span){sent, sent_size}), cases[i].expected);
            assert_int_equal(call.transaction.state, PINETOKEN_WANT_RECEIVE);
            /* Nothing of the token is left. */
            for (size_t j = 0; j + 3 <= sizeof call.transaction.buffer; j++) {
                assert_memory_not_equal(call.transaction.buffer + j, "tok", 3);
            }
        }
    }
}

/* The chunks in text, each with eight digits, to out; what follows the last one must be the end. */
static size_t decode_chunks(const char *text, char *out) {
    size_t decoded = 0;
    for (;;) {
        unsigned size = 0;
        int head = 0;
        if (strcmp(text, "0\r\n\r\n") == 0) {
            return decoded;
        }
        assert_int_equal(sscanf(text, "%8x\r\n%n", &size, &head), 1);
        /* The blanks that scanf passes over are of the chunk. */
        assert_memory_equal(text + 8, "\r\n", 2);
        assert_true(size > 0 && size <= TRANSACTION_BUFFER);
        memcpy(out + decoded, text + 10, size);
        decoded += size;
        text += 10 + size;
        assert_memory_equal(text, "\r\n", 2);
        text += 2;
    }
}

/* However the body is read and sent, all of it arrives, in its order. */
static void test_long_bodies(void **state) {
    static char body[60001];
    static char decoded[60001];
    static const size_t parts[] = {15, 16, 17, 255, 256, 4096, 9999, SIZE_MAX};
    (void)state;
    for (size_t i = 0; i < sizeof body - 1; i++) {
        body[i] = (char)('a' + i * i / 7 % 26);
    }
    for (size_t i = 0; i < 2 * COUNT(parts); i++) {
        const bool is_chunked = i % 2 == 0;
        const size_t total = parts[i / 2] < 4096 ? 3000 : sizeof body - 1;
        pinetoken_config config = make_config();
        pinetoken_call request =
            make_request("PUT", body + sizeof body - 1 - total, is_chunked ? -1 : (int64_t)total);
        caller.part = parts[i / 2];
        assert_true(begin(&config, &request));
        assert_true(call.transaction.is_repeatable);
        send_all(i % 4 < 2 ? SIZE_MAX : 1000);
        assert_int_equal(call.transaction.state, PINETOKEN_WANT_RECEIVE);
        assert_false(call.transaction.is_repeatable);
        const char *content = strstr(sent, "\r\n\r\n") + 4;
        size_t size = strlen(content);
        if (is_chunked) {
            size = decode_chunks(content, decoded);
            content = decoded;
        }
        assert_int_equal(size, total);
        assert_memory_equal(content, body + sizeof body - 1 - total, total);
        assert_int_equal(call.body_sent, total);
        /* The framing of a chunk has room beside what is read. */
        assert_true(caller.asked_max <= TRANSACTION_BUFFER - 12);
        assert_true(caller.asked_max >= 16384 || caller.asked_max == total);
    }
}

/* No more is asked for than was announced. */
static void test_body_longer_than_its_length(void **state) {
    pinetoken_config config = make_config();
    pinetoken_call request = make_request("POST", "abcdef", 3);
    (void)state;
    caller.part = 2;
    assert_true(begin(&config, &request));
    send_all(SIZE_MAX);
    assert_int_equal(call.transaction.state, PINETOKEN_WANT_RECEIVE);
    assert_string_equal(strstr(sent, "\r\n\r\n"), "\r\n\r\nabc");
    assert_int_equal(caller.asked_max, 3);
    assert_int_equal(caller.asked, 1);
}

/* The token is in a call only until it is sent. */
static void test_token_is_wiped(void **state) {
    pinetoken_config config = make_config();
    pinetoken_call request = make_request("GET", NULL, 0);
    (void)state;
    request.token = SPAN("the-token");
    wipes_forget();
    assert_true(begin(&config, &request));
    /* What it was put together in. */
    assert_int_equal(wipes_of(SPAN("Bearer the-token")), 1);
    send_all(5);
    assert_int_equal(wiped_size, LIMIT_TOKEN + sizeof "Bearer " - 1 + sent_size);
    for (size_t i = 0; i < sizeof call.transaction.buffer; i++) {
        assert_int_equal(call.transaction.buffer[i], 0);
    }
}

/* Where the next bytes go, and that they fit. */
static void test_input(void **state) {
    static const char line[] = "HTTP/1.1 200 OK\r\nX: ";
    pinetoken_config config = make_config();
    pinetoken_call request = make_request("GET", NULL, 0);
    size_t capacity = 0;
    (void)state;
    assert_true(begin(&config, &request));
    send_all(SIZE_MAX);
    assert_ptr_equal(transaction_input(&call.transaction, &capacity), call.transaction.buffer);
    assert_int_equal(capacity, TRANSACTION_BUFFER);
    memset(call.transaction.buffer, 'x', 8000);
    memcpy(call.transaction.buffer, line, sizeof line - 1);
    transaction_received(&call.transaction, 100);
    assert_ptr_equal(transaction_input(&call.transaction, &capacity),
                     call.transaction.buffer + 100);
    assert_int_equal(capacity, TRANSACTION_BUFFER - 100);
    transaction_received(&call.transaction, 1000);
    assert_ptr_equal(transaction_input(&call.transaction, &capacity),
                     call.transaction.buffer + 1100);
    assert_int_equal(capacity, TRANSACTION_BUFFER - 1100);
    /* Once content has arrived, nothing is stored, not even the head. */
    memcpy(call.transaction.buffer + 1100, "\r\n\r\nabc", 7);
    transaction_received(&call.transaction, 7);
    assert_span(((span){caller.out, caller.size}), "abc");
    assert_ptr_equal(transaction_input(&call.transaction, &capacity), call.transaction.buffer);
    assert_int_equal(capacity, TRANSACTION_BUFFER);
    assert_int_equal(call.transaction.state, PINETOKEN_WANT_RECEIVE);
}

static void test_request_ids(void **state) {
    static const struct {
        const char *sent, *shown;
    } cases[] = {
        {"", ""},
        {"1", "1"},
        {"0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9", "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"},
        {"012345678901234567890123456789012345678901234567890123456789012",
         "012345678901234567890123456789012345678901234567890123456789012"},
        {"0123456789012345678901234567890123456789012345678901234567890123",
         "012345678901234567890123456789012345678901234567890123456789012"},
        {"\xff\\", "\\xff\\\\"},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
         "\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[256];
        pinetoken_config config = make_config();
        pinetoken_call request = make_request("GET", NULL, 0);
        int size = snprintf(text, sizeof text, "HTTP/1.1 204 No\r\nX-Request-Id: %s\r\n\r\n",
                            cases[i].sent);
        assert_true(begin(&config, &request));
        send_all(SIZE_MAX);
        receive(text, (size_t)size, SIZE_MAX);
        assert_int_equal(call.transaction.state, PINETOKEN_COMPLETE);
        assert_string_equal(call.request_id, cases[i].shown);
        pinetoken_response response;
        call_response(&call, &response);
        assert_int_equal(response.http_status, 204);
        assert_string_equal(response.request_id, cases[i].shown);
    }
}

static void test_refused_requests(void **state) {
    static const char *const bad[] = {"nocolon", NULL};
    static const char *const own[] = {"authorization: x", NULL};
    static const char *const bad_value[] = {"a: \x01", NULL};
    static const char *const parts[] = {"method: ", "method: ", "header: ",       "header: ",
                                        "token: ",  "token: ",  "content type: ", "Authorization"};
    static char token[LIMIT_TOKEN + 1];
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        pinetoken_config config = make_config();
        pinetoken_call request = make_request(i == 0   ? ""
                                              : i == 1 ? "G T"
                                                       : "POST",
                                              "x", i == 6 ? -1 : 1);
        request.headers = i == 2 ? bad : i == 3 ? bad_value : i == 7 ? own : NULL;
        memset(token, 't', sizeof token);
        request.token = i == 4   ? (span){token, sizeof token}
                        : i == 5 ? SPAN("a\nb")
                                 : request.token;
        request.content_type = i == 6 ? "\n" : "x";
        assert_false(begin(&config, &request));
        assert_int_equal(error.status, PINETOKEN_USAGE);
        assert_message(error, parts[i]);
    }
    /* The longest token fits, but not with whatever beside it. */
    static char header[20000] = "X: ";
    const char *const headers[] = {header, NULL};
    pinetoken_config config = make_config();
    pinetoken_call request = make_request("GET", NULL, 0);
    request.token = (span){token, LIMIT_TOKEN};
    assert_true(begin(&config, &request));
    memset(header + 3, 'x', sizeof header - 4);
    request.headers = headers;
    assert_false(begin(&config, &request));
    assert_int_equal(error.status, PINETOKEN_USAGE);
    request.headers = NULL;
    /* A length with an invalid content type. */
    request = make_request("PUT", "x", 1);
    request.content_type = "\n";
    assert_false(begin(&config, &request));
    assert_int_equal(error.status, PINETOKEN_USAGE);
    /* One byte less than the longest token, and the longest. */
    for (size_t size = LIMIT_TOKEN - 1; size <= LIMIT_TOKEN + 1; size++) {
        request = make_request("GET", NULL, 0);
        request.token = (span){token, size};
        assert_int_equal(begin(&config, &request), size <= LIMIT_TOKEN);
    }
}

static void test_body_that_fails(void **state) {
    pinetoken_config config = make_config();
    (void)state;
    pinetoken_call request = make_request("POST", "abc", 10);
    assert_true(begin(&config, &request));
    send_all(SIZE_MAX);
    assert_int_equal(call.transaction.state, PINETOKEN_FAILED);
    assert_int_equal(call.transaction.error.status, PINETOKEN_LOCAL);
    assert_message(call.transaction.error, "ended before its length");
    assert_int_equal(call.transaction.error.http_status, 0);
    assert_int_equal(call.body_sent, 3);
    request = make_request("PUT", "abc", 3);
    caller.cannot_read = true;
    assert_true(begin(&config, &request));
    send_all(SIZE_MAX);
    assert_int_equal(call.transaction.state, PINETOKEN_FAILED);
    assert_int_equal(call.transaction.error.status, PINETOKEN_LOCAL);
    assert_message(call.transaction.error, "cannot be read");
    assert_false(call.transaction.is_repeatable);
    request = make_request("PUT", "abc", -1);
    caller.cannot_read = true;
    assert_true(begin(&config, &request));
    send_all(SIZE_MAX);
    assert_int_equal(call.transaction.state, PINETOKEN_FAILED);
    assert_message(call.transaction.error, "cannot be read");
}

static const struct {
    const char *method;
    const char *response;
    const char *content;
    bool closed; /* and ended well */
    const char *id;
} responses[] = {
    {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-Request-Id: r-1\r\n\r\nabc", "abc", false,
     "r-1"},
    {"GET", "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno", "no", false, ""},
    {"GET", "HTTP/1.1 301 Go\r\nLocation: https://x/\r\nContent-Length: 0\r\n\r\n", "", false, ""},
    {"GET",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Pinecone-Request-Id: "
     "p\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
     "abcde", false, "p"},
    {"GET", "HTTP/1.1 204 No\r\n\r\n", "", false, ""},
    {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "", false, ""},
    {"HEAD",
     "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\nContent-Encoding: "
     "gzip\r\nX-Request-Id: r\r\n\r\n",
     "", false, "r"},
    {"HEADS", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc", false, ""},
    {"GET", "HTTP/1.0 200 OK\r\n\r\nabc", "abc", true, ""},
};

/* In parts of every size. */
static void test_responses(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(responses); i++) {
        size_t size = strlen(responses[i].response);
        for (size_t most = 1; most <= size + 1; most++) {
            pinetoken_config config = make_config();
            pinetoken_call request = make_request(responses[i].method, NULL, 0);
            assert_true(begin(&config, &request));
            send_all(SIZE_MAX);
            receive(responses[i].response, size, most);
            if (responses[i].closed) {
                transaction_closed(&call.transaction, true);
            }
            assert_int_equal(call.transaction.state, PINETOKEN_COMPLETE);
            assert_span(((span){caller.out, caller.size}), responses[i].content);
            assert_int_equal(call.transaction.is_repeatable,
                             responses[i].content[0] == '\0' &&
                                 strcmp(responses[i].method, "HEADS") != 0);
            assert_string_equal(call.request_id, responses[i].id);
        }
    }
}

static const struct {
    const char *response;
    bool closed;
    bool authenticated;
    pinetoken_status status;
    int http_status;
    const char *why;
    int64_t offset; /* -1: missing */
} bad_responses[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", true, true, PINETOKEN_PROTOCOL, 200,
     "closed before its end", 41},
    {"HTTP/1.1 200 OK\r\n\r\nabc", true, false, PINETOKEN_PROTOCOL, 200, "cut", 22},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", false, false,
     PINETOKEN_PROTOCOL, 200, "without a digit", 47},
    {"garbage\r\n\r\n", false, false, PINETOKEN_PROTOCOL, 0, "status line", 0},
    {"HTTP/1.1 200 OK\r\nContent-", true, true, PINETOKEN_PROTOCOL, 200, "in its head", 25},
    {"H", true, true, PINETOKEN_PROTOCOL, 0, "in its head", 1},
    {"", true, true, PINETOKEN_NETWORK, 0, "before it responded", -1},
};

static void test_bad_responses(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(bad_responses); i++) {
        size_t size = strlen(bad_responses[i].response);
        for (size_t most = 1; most <= size + 1; most++) {
            pinetoken_config config = make_config();
            pinetoken_call request = make_request("GET", NULL, 0);
            assert_true(begin(&config, &request));
            send_all(SIZE_MAX);
            receive(bad_responses[i].response, size, most);
            if (bad_responses[i].closed) {
                assert_int_equal(call.transaction.state, PINETOKEN_WANT_RECEIVE);
                transaction_closed(&call.transaction, bad_responses[i].authenticated);
            }
            assert_int_equal(call.transaction.state, PINETOKEN_FAILED);
            assert_int_equal(call.transaction.error.status, bad_responses[i].status);
            assert_int_equal(call.transaction.error.http_status, bad_responses[i].http_status);
            assert_message(call.transaction.error, bad_responses[i].why);
            assert_int_equal(call.transaction.error.offset, bad_responses[i].offset);
            assert_int_equal(call.transaction.error.transient,
                             bad_responses[i].status == PINETOKEN_NETWORK);
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
        assert_int_equal(call.transaction.state, fails ? PINETOKEN_FAILED : PINETOKEN_COMPLETE);
        /* After a write that failed there is no other one. */
        assert_span(((span){caller.out, caller.size}), fails ? OK_HEAD : OK_HEAD "abc");
    }
    request.with_head = false;
    caller = (struct caller){.cannot_write = true};
    assert_true(begin(&config, &request));
    send_all(SIZE_MAX);
    receive(OK_HEAD "abc", sizeof OK_HEAD + 2, SIZE_MAX);
    assert_int_equal(call.transaction.state, PINETOKEN_FAILED);
    assert_int_equal(call.transaction.error.status, PINETOKEN_LOCAL);
    assert_int_equal(call.transaction.error.http_status, 200);
    assert_message(call.transaction.error, "output: ");
    assert_span(((span){caller.out, caller.size}), "abc");
}

static void test_refusals(void **state) {
    static const struct {
        const char *response;
        bool may_refuse, refuse_unauthorized; /* the first: a retry may follow, by whomever */
        pinetoken_want state;
        bool transient;
        pinetoken_status status;
        const char *why;
    } cases[] = {
        {"HTTP/1.1 503 No\r\nContent-Length: 1\r\nRetry-After: 7\r\n\r\nx", true, false,
         PINETOKEN_FAILED, true, PINETOKEN_UNAVAILABLE, "HTTP 503"},
        {"HTTP/1.1 503 No\r\nContent-Length: 1\r\n\r\nx", false, true, PINETOKEN_COMPLETE, false,
         PINETOKEN_OK, ""},
        {"HTTP/1.1 401 No\r\nContent-Length: 1\r\n\r\nx", true, true, PINETOKEN_FAILED, false,
         PINETOKEN_REJECTED, "HTTP 401"},
        {"HTTP/1.1 401 No\r\nContent-Length: 1\r\n\r\nx", false, true, PINETOKEN_FAILED, false,
         PINETOKEN_REJECTED, "HTTP 401"},
        {"HTTP/1.1 403 No\r\nContent-Length: 1\r\n\r\nx", true, true, PINETOKEN_COMPLETE, false,
         PINETOKEN_OK, ""},
        {"HTTP/1.1 400 No\r\nContent-Length: 1\r\n\r\nx", true, true, PINETOKEN_COMPLETE, false,
         PINETOKEN_OK, ""},
        {"HTTP/1.1 501 No\r\nContent-Length: 1\r\n\r\nx", true, true, PINETOKEN_COMPLETE, false,
         PINETOKEN_OK, ""},
        {"HTTP/1.1 429 No\r\nContent-Length: 1\r\n\r\nx", true, true, PINETOKEN_FAILED, true,
         PINETOKEN_UNAVAILABLE, "HTTP 429"},
        {"HTTP/1.1 401 No\r\nContent-Length: 1\r\n\r\nx", true, false, PINETOKEN_COMPLETE, false,
         PINETOKEN_OK, ""},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", true, true, PINETOKEN_COMPLETE, false,
         PINETOKEN_OK, ""},
    };
    (void)state;
    for (size_t turn = 0; turn < 2 * COUNT(cases); turn++) {
        const size_t i = turn / 2;
        const bool is_callers = turn % 2 == 1;
        pinetoken_config config = make_config();
        pinetoken_call request = make_request("GET", NULL, 0);
        request.refuse_unauthorized = cases[i].refuse_unauthorized;
        request.refuse_transient = is_callers && cases[i].may_refuse;
        /* If a response is refused, its head is not written either. */
        request.with_head = cases[i].state == PINETOKEN_FAILED;
        assert_true(begin(&config, &request));
        call.is_last = is_callers || !cases[i].may_refuse;
        send_all(SIZE_MAX);
        receive(cases[i].response, strlen(cases[i].response), SIZE_MAX);
        assert_int_equal(call.transaction.state, cases[i].state);
        assert_int_equal(call.transaction.error.transient, cases[i].transient);
        assert_int_equal(caller.size, cases[i].state == PINETOKEN_COMPLETE ? 1 : 0);
        assert_int_equal(call.transaction.error.retry_after_ms, i == 0 ? 7000 : -1);
        if (cases[i].state == PINETOKEN_FAILED) {
            assert_int_equal(call.transaction.error.status, cases[i].status);
            assert_int_equal(call.transaction.error.http_status, call.transaction.response.status);
            assert_message(call.transaction.error, cases[i].why);
            assert_true(call.transaction.is_repeatable);
        }
    }
}

/* A request whose body was read is not sent again by anybody: its refusal is a response. */
static void test_refusal_of_a_body(void **state) {
    static const char busy[] = "HTTP/1.1 503 No\r\nContent-Length: 1\r\n\r\nx";
    pinetoken_config config = make_config();
    pinetoken_call request = make_request("PUT", "abc", 3);
    (void)state;
    assert_true(begin(&config, &request));
    call.is_last = false;
    send_all(SIZE_MAX);
    receive(busy, sizeof busy - 1, SIZE_MAX);
    assert_int_equal(call.transaction.state, PINETOKEN_COMPLETE);
}

/* More framing than any response that is stored may have. */
static void test_many_chunks(void **state) {
    static char text[400000];
    size_t size = 0;
    pinetoken_config config = make_config();
    pinetoken_call request = make_request("GET", NULL, 0);
    (void)state;
    size = (size_t)snprintf(text, sizeof text,
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (size_t i = 0; i < 60000; i++) {
        memcpy(text + size, "1\r\nx\r\n", 6);
        size += 6;
    }
    memcpy(text + size, "0\r\n\r\n", 5);
    size += 5;
    for (size_t most = 1; most < 100000; most = most * 7 + 1) {
        caller.size = 0;
        assert_true(begin(&config, &request));
        send_all(SIZE_MAX);
        receive(text, size, most);
        assert_int_equal(call.transaction.state, PINETOKEN_COMPLETE);
        assert_int_equal(caller.size, 60000);
    }
}

/* An extension of a chunk that is longer than in any response that is stored. */
static void test_long_extension(void **state) {
    static char text[100000];
    pinetoken_config config = make_config();
    pinetoken_call request = make_request("GET", NULL, 0);
    (void)state;
    size_t size = (size_t)snprintf(text, sizeof text,
                                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;");
    memset(text + size, 'x', 80000);
    size += 80000;
    size += (size_t)snprintf(text + size, sizeof text - size, "\r\ny\r\n0\r\n\r\n");
    assert_true(begin(&config, &request));
    send_all(SIZE_MAX);
    receive(text, size, SIZE_MAX);
    assert_int_equal(call.transaction.state, PINETOKEN_COMPLETE);
    assert_span(((span){caller.out, caller.size}), "y");
}

static void test_methods(void **state) {
    static const char *const good[] = {"GET",    "HEAD",     "POST", "PUT",  "PATCH",
                                       "DELETE", "OPTIONS",  "LOCK", "TRAC", "TRACED",
                                       "Z",      "M-SEARCH", "X_2",  "X~"};
    static const struct {
        const char *method, *why;
    } bad[] = {
        {"", "not a valid one"},         {"G T", "not a valid one"},
        {"GET\r\nX", "not a valid one"}, {"get", "lower-case letters"},
        {"Get", "lower-case letters"},   {"GEt", "lower-case letters"},
        {"gET", "lower-case letters"},   {"connect", "lower-case"},
        {"trace", "lower-case"},         {"GETz", "lower-case"},
        {"CONNECT", "never sent"},       {"TRACE", "never sent"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(call_check_method(span_text(good[i]), &error));
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        pinetoken_config config = make_config();
        pinetoken_call request = make_request(bad[i].method, NULL, 0);
        assert_false(call_check_method(span_text(bad[i].method), &error));
        assert_false(begin(&config, &request));
        assert_int_equal(error.status, PINETOKEN_USAGE);
        assert_message(error, "method: ");
        assert_message(error, bad[i].why);
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

/* A response before the body was read: what is left of the request is wiped, not sent. */
static void test_response_before_the_body(void **state) {
    static const char response[] = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno";
    const pinetoken_config config = make_config();
    const pinetoken_call request = make_request("POST", "body", 4);
    (void)state;
    assert_true(begin(&config, &request));
    const span output = transaction_output(&call.transaction);
    transaction_sent(&call.transaction, 5);
    transaction_stop_sending(&call.transaction);
    assert_int_equal(transaction_output(&call.transaction).size, 0);
    for (size_t i = 0; i < output.size; i++) {
        assert_int_equal(output.data[i], 0);
    }
    receive(response, sizeof response - 1, SIZE_MAX);
    assert_int_equal(call.transaction.state, PINETOKEN_COMPLETE);
    assert_int_equal(call.transaction.response.status, 413);
    assert_memory_equal(caller.out, "no", 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_response_before_the_body),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_long_bodies),
        cmocka_unit_test(test_refused_requests),
        cmocka_unit_test(test_body_that_fails),
        cmocka_unit_test(test_responses),
        cmocka_unit_test(test_bad_responses),
        cmocka_unit_test(test_head_is_written),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_idempotent),
        cmocka_unit_test(test_refusal_of_a_body),
        cmocka_unit_test(test_many_chunks),
        cmocka_unit_test(test_long_extension),
        cmocka_unit_test(test_body_longer_than_its_length),
        cmocka_unit_test(test_token_is_wiped),
        cmocka_unit_test(test_input),
        cmocka_unit_test(test_request_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
