#include "http/response.h"

#include "base/limits.h"
#include "support/guard.h"
#include "support/test.h"

#include <stdlib.h>

/* All texts here except those that test it are far below. */
#define BODY_LIMIT 64

/* How the peer ended after its last byte. */
enum end { OPEN, CLOSED, CUT };

struct result {
    enum response_progress progress;
    int status;
    char reason[64];
    char content_type[64];
    char location[64];
    char retry_after[64];
    size_t size;
    char content[512];
    size_t rest; /* bytes after the message */
    pinetoken_error error;
};

/* On which side of what is received the guard lies. */
static char *(*guard)(span) = guard_copy;

static void keep(char out[64], span text) {
    assert_true(text.size < 64);
    if (text.size > 0) {
        memcpy(out, text.data, text.size);
    }
    out[text.size] = '\0';
}

static void keep_head(const struct response *response, struct result *result) {
    result->status = response->status;
    keep(result->reason, response->reason);
    keep(result->content_type, response->content_type);
    keep(result->location, response->location);
    keep(result->retry_after, response->retry_after);
    /* From its own status line on, whatever came before it. */
    assert_true(span_starts(response->head, SPAN("HTTP/1.")));
    assert_int_equal(strtol(response->head.data + sizeof "HTTP/1.1", NULL, 10), response->status);
}

static void take_body(struct response *response, span part, struct result *result) {
    size_t content = 0;
    size_t taken = 0;
    char *copy = guard(part);
    result->progress = response_body(response, copy, part.size, &content, &taken, &result->error);
    memcpy(result->content + result->size, copy, content);
    guard_free(copy, part.size);
    result->size += content;
    result->rest = result->progress == RESPONSE_DONE ? part.size - taken : 0;
}

/* Receives text[0..first), then the rest in parts of `step`, then the end. */
static void run(span text, size_t first, size_t step, enum end end, struct result *result) {
    struct response response;
    bool in_body = false;
    size_t at = 0;
    char *copy = guard(text);
    response_init(&response, BODY_LIMIT);
    *result = (struct result){.progress = RESPONSE_MORE};
    while (result->progress == RESPONSE_MORE && at < text.size) {
        size_t part = at == 0 && first > 0 ? first : step;
        part = part < text.size - at ? part : text.size - at;
        at += part;
        if (in_body) {
            take_body(&response, span_cut(text, at - part, at), result);
            continue;
        }
        result->progress = response_head(&response, (span){copy, at}, &result->error);
        if (result->progress == RESPONSE_DONE) {
            keep_head(&response, result);
            assert_ptr_equal(response.head.data + response.head.size, copy + response.head_size);
            in_body = true;
            take_body(&response, span_cut(text, response.head_size, at), result);
        }
    }
    guard_free(copy, text.size);
    if (result->progress == RESPONSE_MORE && in_body && end != OPEN) {
        result->progress = response_closed(&response, end == CLOSED, &result->error);
    }
}

static void assert_same(const struct result *a, const struct result *b, size_t cut) {
    if (a->progress != b->progress || a->status != b->status || strcmp(a->reason, b->reason) != 0 ||
        strcmp(a->content_type, b->content_type) != 0 || strcmp(a->location, b->location) != 0 ||
        strcmp(a->retry_after, b->retry_after) != 0 || a->size != b->size ||
        memcmp(a->content, b->content, a->size) != 0) {
        fail_msg("another result when cut at %zu", cut);
    }
    if (a->progress == RESPONSE_BAD) {
        assert_string_equal(a->error.message, b->error.message);
        assert_int_equal(a->error.offset, b->error.offset);
    }
}

static void run_every_way(span text, enum end end, struct result *whole) {
    struct result split;
    run(text, 0, text.size, end, whole);
    for (size_t cut = 1; cut < text.size; cut++) {
        run(text, cut, text.size, end, &split);
        assert_same(&split, whole, cut);
    }
    guard = guard_copy_after;
    run(text, 0, text.size, end, &split);
    assert_same(&split, whole, 0);
    run(text, 0, 1, end, &split);
    assert_same(&split, whole, 0);
    guard = guard_copy;
    run(text, 0, 1, end, &split);
    assert_same(&split, whole, 0);
}

#define OK_LINE "HTTP/1.1 200 OK\r\n"

static const struct {
    const char *text;
    enum end end;
    int status;
    const char *reason;
    const char *content;
} valid[] = {
    {OK_LINE "Content-Length: 5\r\n\r\nhello", OPEN, 200, "OK", "hello"},
    {OK_LINE "content-LENGTH:5\r\n\r\nhello", OPEN, 200, "OK", "hello"},
    {OK_LINE "Content-Length: \t 5 \t\r\n\r\nhello", OPEN, 200, "OK", "hello"},
    {OK_LINE "Content-Length: 005\r\n\r\nhello", OPEN, 200, "OK", "hello"},
    {OK_LINE "Content-Length: 0\r\n\r\n", OPEN, 200, "OK", ""},
    {OK_LINE "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", OPEN, 200, "OK",
     "hello"},
    {OK_LINE "transfer-encoding: CHUNKED\r\n\r\n5;x\r\nhello\r\n0\r\nA: b\r\n\r\n", OPEN, 200, "OK",
     "hello"},
    {OK_LINE "\r\nhello", CLOSED, 200, "OK", "hello"},
    {OK_LINE "\r\n", CLOSED, 200, "OK", ""},
    {"HTTP/1.0 200 OK\r\n\r\nhello", CLOSED, 200, "OK", "hello"},
    {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", OPEN, 200, "OK", "hello"},
    {"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", OPEN, 200, "", ""},
    {"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", OPEN, 200, "", ""},
    {"HTTP/1.1 418 I'm a \xc3\xb6\tteapot\r\nContent-Length: 0\r\n\r\n", OPEN, 418,
     "I'm a \xc3\xb6\tteapot", ""},
    {"HTTP/1.1 599 ?\r\nContent-Length: 0\r\n\r\n", OPEN, 599, "?", ""},
    {"HTTP/1.1 204 No Content\r\n\r\n", OPEN, 204, "No Content", ""},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", OPEN, 304, "Not Modified", ""},
    {"HTTP/1.1 100 Continue\r\n\r\n" OK_LINE "Content-Length: 2\r\n\r\nok", OPEN, 200, "OK", "ok"},
    {"HTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\n\r\nHTTP/1.1 100 C\r\n\r\n" OK_LINE
     "Content-Length: 2\r\n\r\nok",
     OPEN, 200, "OK", "ok"},
    {OK_LINE "X: \xff\x80\r\nEmpty:\r\nA:b\r\nContent-Length: 1\r\n\r\nx", OPEN, 200, "OK", "x"},
    {OK_LINE "Content-Encoding: Identity\r\nContent-Length: 1\r\n\r\nx", OPEN, 200, "OK", "x"},
};

static void test_valid(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(valid); i++) {
        struct result result;
        run_every_way(span_text(valid[i].text), valid[i].end, &result);
        if (result.progress != RESPONSE_DONE) {
            fail_msg("%s: %d %s", valid[i].text, result.progress, result.error.message);
        }
        assert_int_equal(result.status, valid[i].status);
        assert_string_equal(result.reason, valid[i].reason);
        assert_span(((span){result.content, result.size}), valid[i].content);
        assert_int_equal(result.rest, 0);
    }
}

static void test_unfinished(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(valid); i++) {
        span text = span_text(valid[i].text);
        for (size_t size = 1; size < text.size; size++) {
            struct result result;
            run(span_cut(text, 0, size), 0, size, OPEN, &result);
            assert_int_equal(result.progress, RESPONSE_MORE);
        }
    }
}

static void test_fields(void **state) {
    (void)state;
    struct result result;
    run_every_way(SPAN("HTTP/1.1 302 Found\r\nLocation:  https://x/ \r\nRetry-After: 7\r\n"
                       "content-type: text/html; a=b\r\nContent-Length: 0\r\n\r\n"),
                  OPEN, &result);
    assert_int_equal(result.progress, RESPONSE_DONE);
    assert_string_equal(result.location, "https://x/");
    assert_string_equal(result.retry_after, "7");
    assert_string_equal(result.content_type, "text/html; a=b");
}

/* What an interim response said is not the final one's. */
static void test_interim_is_forgotten(void **state) {
    (void)state;
    struct result result;
    run_every_way(SPAN("HTTP/1.1 103 E\r\nLocation: https://x/\r\nRetry-After: 7\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n" OK_LINE "Content-Length: 1\r\n\r\nx"),
                  OPEN, &result);
    assert_int_equal(result.progress, RESPONSE_DONE);
    assert_string_equal(result.location, "");
    assert_string_equal(result.retry_after, "");
}

static void test_bytes_after_the_message(void **state) {
    (void)state;
    static const char *const texts[] = {
        OK_LINE "Content-Length: 1\r\n\r\nxHTTP",
        OK_LINE "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\nHTTP",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct result result;
        run(span_text(texts[i]), 0, 1000, OPEN, &result);
        assert_int_equal(result.progress, RESPONSE_DONE);
        assert_span(((span){result.content, result.size}), "x");
        assert_int_equal(result.rest, 4);
    }
}

static const struct {
    const char *text;
    const char *why;
    int64_t offset;
    enum end end;
} invalid[] = {
    {"\r\n", "status line", 0, OPEN},
    {"\n", "LF without its CR", 0, OPEN},
    {"HTTP/1.1 200 OK\n", "LF without its CR", 15, OPEN},
    {OK_LINE "A: b\nC: d\r\n\r\n", "LF without its CR", 21, OPEN},
    {OK_LINE "\n", "LF without its CR", 17, OPEN},
    {OK_LINE "A: b\rC: d\r\n\r\n", "control character", 21, OPEN},
    {"HTTP/1.1 200 O\x01K\r\n\r\n", "control character", 14, OPEN},
    {OK_LINE "A: \x7f\r\n\r\n", "control character", 20, OPEN},
    {"\x01HTTP/1.1 200 OK\r\n\r\n", "control character", 0, OPEN},
    {OK_LINE "\x01"
             "A: b\r\n\r\n",
     "control character", 17, OPEN},
    {OK_LINE "A: b\x01\r\n\r\n", "control character", 21, OPEN},
    {"http/1.1 200 OK\r\n\r\n", "status line", 0, OPEN},
    {"HTTP/2 200 OK\r\n\r\n", "status line", 0, OPEN},
    {"HTTP/2.0 200 OK\r\n\r\n", "status line", 0, OPEN},
    {"HTTP/1.2 200 OK\r\n\r\n", "status line", 0, OPEN},
    {"HTTP/1.10 200 OK\r\n\r\n", "status line", 0, OPEN},
    {"HTTP/1.1  200 OK\r\n\r\n", "status code", 9, OPEN},
    {"HTTP/1.1\t200 OK\r\n\r\n", "status line", 0, OPEN},
    {" HTTP/1.1 200 OK\r\n\r\n", "status line", 0, OPEN},
    {"<html>\r\n", "status line", 0, OPEN},
    {"HTTP/1.1\r\n\r\n", "status line", 0, OPEN},
    {"HTTP/1.1 \r\n\r\n", "status code", 9, OPEN},
    {"HTTP/1.1 20\r\n\r\n", "status code", 9, OPEN},
    {"HTTP/1.1 2x0 OK\r\n\r\n", "status code", 9, OPEN},
    {"HTTP/1.1 +20 OK\r\n\r\n", "status code", 9, OPEN},
    {"HTTP/1.1 000 ?\r\n\r\n", "status code", 9, OPEN},
    {"HTTP/1.1 099 ?\r\n\r\n", "status code", 9, OPEN},
    {"HTTP/1.1 600 ?\r\n\r\n", "status code", 9, OPEN},
    {"HTTP/1.1 2000 OK\r\n\r\n", "after the status code", 12, OPEN},
    {"HTTP/1.1 200OK\r\n\r\n", "after the status code", 12, OPEN},
    {"HTTP/1.1 101 Switching\r\n\r\n", "switch of protocol", 9, OPEN},
    {OK_LINE " folded: x\r\n\r\n", "valid name", 17, OPEN},
    {OK_LINE "A: b\r\n c\r\n\r\n", "valid name", 23, OPEN},
    {OK_LINE "A : b\r\n\r\n", "valid name", 18, OPEN},
    {OK_LINE ": b\r\n\r\n", "valid name", 17, OPEN},
    {OK_LINE "A\r\n\r\n", "valid name", 18, OPEN},
    {OK_LINE "A(b): c\r\n\r\n", "valid name", 18, OPEN},
    {OK_LINE "\xc3\x84: c\r\n\r\n", "valid name", 17, OPEN},
    {OK_LINE "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", "second Content-Length", 52, OPEN},
    {OK_LINE "Content-Length: 5\r\ncontent-length: 6\r\n\r\n", "second Content-Length", 52, OPEN},
    {OK_LINE "Content-Length: 5, 5\r\n\r\n", "number of bytes", 33, OPEN},
    {OK_LINE "Content-Length: +5\r\n\r\n", "number of bytes", 33, OPEN},
    {OK_LINE "Content-Length: -5\r\n\r\n", "number of bytes", 33, OPEN},
    {OK_LINE "Content-Length: 0x5\r\n\r\n", "number of bytes", 33, OPEN},
    {OK_LINE "Content-Length: 5 5\r\n\r\n", "number of bytes", 33, OPEN},
    {OK_LINE "Content-Length:\r\n\r\n", "number of bytes", 32, OPEN},
    {OK_LINE "Content-Length: 9223372036854775808\r\n\r\n", "number of bytes", 33, OPEN},
    {OK_LINE "Transfer-Encoding: gzip\r\n\r\n", "Transfer-Encoding", 36, OPEN},
    {OK_LINE "Transfer-Encoding: gzip, chunked\r\n\r\n", "Transfer-Encoding", 36, OPEN},
    {OK_LINE "Transfer-Encoding: chunked, chunked\r\n\r\n", "Transfer-Encoding", 36, OPEN},
    {OK_LINE "Transfer-Encoding: xchunked\r\n\r\n", "Transfer-Encoding", 36, OPEN},
    {OK_LINE "Transfer-Encoding: \"chunked\"\r\n\r\n", "Transfer-Encoding", 36, OPEN},
    {OK_LINE "Transfer-Encoding:\r\n\r\n", "Transfer-Encoding", 35, OPEN},
    {OK_LINE "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
     "Transfer-Encoding", 64, OPEN},
    {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.0", 36, OPEN},
    {OK_LINE "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "together", 66, OPEN},
    {OK_LINE "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", "together", 66, OPEN},
    {OK_LINE "Content-Encoding: gzip\r\n\r\n", "Content-Encoding", 35, OPEN},
    {OK_LINE "Transfer-Encoding: chunked\r\n\r\n5\r\nhello!", "not followed by CRLF", 55, OPEN},
    {OK_LINE "Transfer-Encoding: chunked\r\n\r\nx", "without a digit", 47, OPEN},
    {OK_LINE "Content-Length: 6\r\n\r\nhello", "closed before its end", 43, CLOSED},
    {OK_LINE "Content-Length: 6\r\n\r\nhello", "closed before its end", 43, CUT},
    {OK_LINE "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "closed before its end", 57,
     CLOSED},
    {OK_LINE "\r\nhello", "cut", 24, CUT},
    {"HTTP/1.0 200 OK\r\n\r\nhello", "cut", 24, CUT},
    {"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 999 ?\r\n\r\n", "status code", 27, OPEN},
    {"HTTP/1.1 100 C\r\nA b\r\n\r\n", "valid name", 17, OPEN},
};

static void test_invalid(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(invalid); i++) {
        struct result result;
        run_every_way(span_text(invalid[i].text), invalid[i].end, &result);
        if (result.progress != RESPONSE_BAD ||
            strstr(result.error.message, invalid[i].why) == NULL ||
            result.error.offset != invalid[i].offset) {
            fail_msg("%s: %d %s", invalid[i].text, result.progress, result.error.message);
        }
        assert_int_equal(result.error.status, PINETOKEN_PROTOCOL);
    }
}

/* At the limit and one byte over it, by each framing, at the byte that is too much wherever the
 * cuts are. */
static void test_body_limit(void **state) {
    (void)state;
    static const struct {
        const char *head;
        const char *before; /* BODY_LIMIT bytes of body, or one more */
        const char *behind;
        int64_t offset; /* at fault */
        bool without_body;
    } framings[] = {
        {OK_LINE "Content-Length: 64\r\n\r\n", "", "", -1, false},
        {OK_LINE "Content-Length: 65\r\n\r\n", "", "", 39, true},
        {OK_LINE "Transfer-Encoding: chunked\r\n\r\n", "40\r\n", "\r\n0\r\n\r\n", -1, false},
        {OK_LINE "Transfer-Encoding: chunked\r\n\r\n", "40\r\n", "\r\n1\r\nx\r\n", 119, false},
        {OK_LINE "Transfer-Encoding: chunked\r\n\r\n", "41\r\n", "", 50, false},
        {OK_LINE "Transfer-Encoding: chunked\r\n\r\n", "ffffffffffffffff\r\n", "", 64, false},
        {OK_LINE "\r\n", "", "", -1, false},
        {OK_LINE "\r\n", "", "x", 83, false},
        {OK_LINE "\r\n", "", "xyz", 83, false},
    };
    char body[BODY_LIMIT + 1];
    memset(body, 'b', sizeof body - 1);
    body[BODY_LIMIT] = '\0';
    for (size_t i = 0; i < COUNT(framings); i++) {
        char text[256];
        struct result result;
        int size = snprintf(text, sizeof text, "%s%s%s%s", framings[i].head, framings[i].before,
                            framings[i].without_body ? "" : body, framings[i].behind);
        run_every_way((span){text, (size_t)size}, CLOSED, &result);
        bool good = framings[i].offset < 0;
        if (result.progress != (good ? RESPONSE_DONE : RESPONSE_BAD) ||
            (!good && result.error.offset != framings[i].offset)) {
            fail_msg("%zu: %d %s", i, result.progress, result.error.message);
        }
    }
}

static void test_nul(void **state) {
    (void)state;
    struct result result;
    run_every_way(SPAN("HTTP/1.1 200 O\0K\r\n\r\n"), OPEN, &result);
    assert_int_equal(result.progress, RESPONSE_BAD);
    run_every_way(SPAN(OK_LINE "A\0: b\r\n\r\n"), OPEN, &result);
    assert_int_equal(result.progress, RESPONSE_BAD);
    assert_int_equal(result.error.offset, 18);
}

/* 'x' at each byte of a head that would end right at, or one byte over, the limit. */
static enum response_progress run_head_of(size_t size, pinetoken_error *error) {
    static char text[LIMIT_RESPONSE_HEAD + 16];
    struct response response;
    memset(text, 'x', sizeof text);
    memcpy(text, OK_LINE "A: ", sizeof OK_LINE + 2);
    memcpy(text + size - 4, "\r\n\r\n", 4);
    response_init(&response, BODY_LIMIT);
    return response_head(&response, (span){text, size}, error);
}

static void test_head_limit(void **state) {
    (void)state;
    pinetoken_error error = {0};
    assert_int_equal(run_head_of(LIMIT_RESPONSE_HEAD, &error), RESPONSE_DONE);
    assert_int_equal(run_head_of(LIMIT_RESPONSE_HEAD + 1, &error), RESPONSE_BAD);
    assert_message(error, "does not end within 16384 bytes, at byte 16384 (the server, or a proxy");
    assert_int_equal(error.offset, LIMIT_RESPONSE_HEAD);
}

static void test_endless_interim_responses(void **state) {
    (void)state;
    static char text[LIMIT_RESPONSE_HEAD + 32];
    struct response response;
    pinetoken_error error = {0};
    const span interim = SPAN("HTTP/1.1 100 C\r\n\r\n");
    for (size_t at = 0; at + interim.size <= sizeof text; at += interim.size) {
        memcpy(text + at, interim.data, interim.size);
    }
    response_init(&response, BODY_LIMIT);
    assert_int_equal(response_head(&response, (span){text, sizeof text}, &error), RESPONSE_BAD);
    assert_message(error, "does not end");
}

static void test_field_limit(void **state) {
    (void)state;
    char text[1024];
    for (size_t fields = LIMIT_RESPONSE_FIELDS; fields <= LIMIT_RESPONSE_FIELDS + 1; fields++) {
        struct response response;
        pinetoken_error error = {0};
        size_t size = sizeof OK_LINE - 1;
        memcpy(text, OK_LINE, size);
        for (size_t i = 0; i < fields; i++, size += 5) {
            memcpy(text + size, "A:b\r\n", 5);
        }
        memcpy(text + size, "\r\n", 2);
        response_init(&response, BODY_LIMIT);
        enum response_progress progress = response_head(&response, (span){text, size + 2}, &error);
        assert_int_equal(progress, fields == LIMIT_RESPONSE_FIELDS ? RESPONSE_DONE : RESPONSE_BAD);
    }
}

/* A parser that something else wrote over: no content, no more. */
static void test_broken_state(void **state) {
    (void)state;
    struct response response;
    pinetoken_error error = {0};
    size_t content = 1;
    size_t taken = 1;
    char data[] = "x";
    response_init(&response, BODY_LIMIT);
    response.framing = (enum response_framing)99;
    assert_int_equal(response_body(&response, data, 1, &content, &taken, &error), RESPONSE_MORE);
    assert_int_equal(content, 0);
    assert_int_equal(taken, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_broken_state),
        cmocka_unit_test(test_unfinished),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_interim_is_forgotten),
        cmocka_unit_test(test_bytes_after_the_message),
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_body_limit),
        cmocka_unit_test(test_nul),
        cmocka_unit_test(test_head_limit),
        cmocka_unit_test(test_endless_interim_responses),
        cmocka_unit_test(test_field_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
