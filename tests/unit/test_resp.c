/* Replies of Redis, whole, cut in two at every place and byte by byte; and the commands that are
 * sent. */
#include "resp/command.h"
#include "resp/reply.h"

#include "base/limits.h"
#include "support/guard.h"
#include "support/test.h"

#include <stdlib.h>

struct reply_case {
    const char *input;
    enum resp_kind kind;
    const char *text;
    int64_t number;
};

static const struct reply_case replies[] = {
    {"+OK\r\n", RESP_TEXT, "OK", 0},
    {"+\r\n", RESP_TEXT, "", 0},
    {"-ERR unknown command\r\n", RESP_ERROR, "ERR unknown command", 0},
    {":0\r\n", RESP_INTEGER, "0", 0},
    {":-2\r\n", RESP_INTEGER, "-2", -2},
    {":9223372036854775807\r\n", RESP_INTEGER, "9223372036854775807", INT64_MAX},
    {"$5\r\nhello\r\n", RESP_TEXT, "hello", 0},
    {"$0\r\n\r\n", RESP_TEXT, "", 0},
    {"$10\r\n0123456789\r\n", RESP_TEXT, "0123456789", 0},
    {"$4\r\n\r\n\r\n\r\n", RESP_TEXT, "\r\n\r\n", 0},
    {"$-1\r\n", RESP_NULL, "", 0},
    {"*-1\r\n", RESP_NULL, "", 0},
    {"*0\r\n", RESP_OTHER, "", 0},
    {"*3\r\n:1\r\n$1\r\nx\r\n*2\r\n+a\r\n-b\r\n", RESP_OTHER, "", 0},
    {"*2\r\n$-1\r\n*-1\r\n", RESP_OTHER, "", 0},
    /* RESP3 */
    {"_\r\n", RESP_NULL, "", 0},
    {"#t\r\n", RESP_OTHER, "t", 0},
    {",1.5\r\n", RESP_OTHER, "1.5", 0},
    {"(123456789012345678901234567890\r\n", RESP_OTHER, "123456789012345678901234567890", 0},
    {"!8\r\nERR a\r\nb\r\n", RESP_ERROR, "ERR a\r\nb", 0},
    {"=7\r\ntxt:abc\r\n", RESP_OTHER, "txt:abc", 0},
    {"%2\r\n+a\r\n:1\r\n+b\r\n%1\r\n+c\r\n~1\r\n_\r\n", RESP_OTHER, "", 0},
    {"%0\r\n", RESP_OTHER, "", 0},
    {"~2\r\n+a\r\n+b\r\n", RESP_OTHER, "", 0},
    /* Not the reply yet: pushes, attributes, in front of it and within it. */
    {">2\r\n+invalidate\r\n*1\r\n+key\r\n$1\r\nv\r\n", RESP_TEXT, "v", 0},
    {">0\r\n+OK\r\n", RESP_TEXT, "OK", 0},
    {">1\r\n+a\r\n>1\r\n+b\r\n_\r\n", RESP_NULL, "", 0},
    {"|1\r\n+ttl\r\n:3600\r\n:7\r\n", RESP_INTEGER, "7", 7},
    {"|1\r\n+a\r\n|1\r\n+b\r\n+c\r\n+d\r\n+OK\r\n", RESP_TEXT, "OK", 0},
    {"*2\r\n|1\r\n+a\r\n+b\r\n:1\r\n:2\r\n", RESP_OTHER, "", 0},
};

static void expect_reply(const struct reply_case *expected, const struct resp_reply *reply) {
    assert_int_equal(reply->kind, expected->kind);
    assert_span(reply->text, expected->text);
    assert_int_equal(reply->number, expected->number);
}

/* In steps of `step` bytes, the first one of `first`; then whatever follows is not touched. */
static void parse_in_steps(const struct reply_case *expected, size_t first, size_t step) {
    size_t size = strlen(expected->input);
    struct resp_parser parser = {0};
    struct resp_reply reply;
    enum resp_progress progress = RESP_MORE;
    for (size_t given = first; progress == RESP_MORE; given += step) {
        given = given < size ? given : size;
        char *copy = guard_copy((span){expected->input, given});
        progress = resp_parse(&parser, (span){copy, given}, &reply);
        if (progress != (given < size ? RESP_MORE : RESP_DONE)) {
            fail_msg("%s: %zu of %zu bytes: %d", expected->input, given, size, (int)progress);
        }
        assert_true(parser.at <= given);
        if (progress == RESP_DONE) {
            expect_reply(expected, &reply);
            assert_int_equal(parser.at, size);
        }
        guard_free(copy, given);
    }
}

static void test_replies(void **state) {
    (void)state;
    FOR_EACH(struct reply_case, each, replies) {
        size_t size = strlen(each->input);
        parse_in_steps(each, size, 1);
        parse_in_steps(each, 0, 1);
        for (size_t cut = 0; cut < size; cut++) {
            parse_in_steps(each, cut, size);
        }
    }
}

/* What follows a reply is the next one's. */
static void test_one_after_another(void **state) {
    const span input = SPAN("$3\r\nabc\r\n:12\r\n");
    struct resp_parser parser = {0};
    struct resp_reply reply;
    (void)state;
    assert_int_equal(resp_parse(&parser, input, &reply), RESP_DONE);
    assert_int_equal(parser.at, 9);
    assert_span(reply.text, "abc");
    size_t at = parser.at;
    parser = (struct resp_parser){0};
    assert_int_equal(resp_parse(&parser, span_cut(input, at, input.size), &reply), RESP_DONE);
    assert_int_equal(reply.number, 12);
}

static void test_hostile(void **state) {
    static const char *const inputs[] = {
        "\r\n",           "\n",
        "x\r\n",          "HTTP/1.1 400 Bad Request\r\n",
        "+OK\rx",         ":\r\n",
        ":-\r\n",         ":1a\r\n",
        ": 1\r\n",        ":+1\r\n",
        ":--1\r\n",       ":9223372036854775808\r\n",
        "$\r\n",          "$-2\r\n",
        "$-1x\r\n",       "$ 1\r\n",
        "$1a\r\n",        "$9a\r\n",
        "$99999999\r\n",  "$18446744073709551615\r\n",
        "$3\r\nabcd\r\n", "$3\r\nabc\n\n",
        "$3\r\nabc\rx",   "$?\r\n",
        "!-1\r\n",        "=-1\r\n",
        "*\r\n",          "*-2\r\n",
        "*99999999\r\n",  "*18446744073709551615\r\n",
        "*?\r\n",         "%-1\r\n",
        "~-1\r\n",        ">-1\r\n",
        "|-1\r\n",        "$-1 \r\n",
        "*1\r\nx\r\n",    ">1\r\nx\r\n",
        "*-1x\r\n",       "%99999999\r\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(inputs); i++) {
        size_t size = strlen(inputs[i]);
        char *copy = guard_copy((span){inputs[i], size});
        for (size_t cut = 0; cut <= size; cut++) {
            struct resp_parser parser = {0};
            struct resp_reply reply;
            enum resp_progress progress = resp_parse(&parser, (span){copy, cut}, &reply);
            if (progress == RESP_MORE) {
                progress = resp_parse(&parser, (span){copy, size}, &reply);
            }
            if (progress != (strcmp(inputs[i], "\n") == 0 ? RESP_MORE : RESP_BAD)) {
                fail_msg("%s", inputs[i]);
            }
        }
        guard_free(copy, size);
    }
}

/* An endless line, aggregates within aggregates, and pushes without an end. */
static void test_limits(void **state) {
    static char line[LIMIT_REDIS_LINE + 4];
    struct resp_parser parser = {0};
    struct resp_reply reply;
    (void)state;
    memset(line, '+', sizeof line);
    memcpy(line + LIMIT_REDIS_LINE, "\r\n", 2);
    assert_int_equal(resp_parse(&parser, (span){line, LIMIT_REDIS_LINE + 2}, &reply), RESP_DONE);
    memcpy(line + LIMIT_REDIS_LINE, "+\r\n", 3);
    parser = (struct resp_parser){0};
    assert_int_equal(resp_parse(&parser, (span){line, LIMIT_REDIS_LINE}, &reply), RESP_MORE);
    assert_int_equal(resp_parse(&parser, (span){line, LIMIT_REDIS_LINE + 1}, &reply), RESP_BAD);

    static const char *const starts[] = {"*", ">"};
    for (size_t i = 0; i < COUNT(starts); i++) {
        char many[64];
        char header[32];
        snprintf(header, sizeof header, "%s%u\r\n", starts[i], (unsigned)LIMIT_REDIS_REPLY);
        snprintf(many, sizeof many, "%s*2\r\n", header);
        parser = (struct resp_parser){0};
        assert_int_equal(resp_parse(&parser, span_text(header), &reply), RESP_MORE);
        parser = (struct resp_parser){0};
        assert_int_equal(resp_parse(&parser, span_text(many), &reply), RESP_BAD);
    }
    parser = (struct resp_parser){0};
    assert_int_equal(resp_parse(&parser, SPAN("%17408\r\n"), &reply), RESP_BAD);
}

static void test_commands(void **state) {
    char data[128];
    struct buffer out;
    const span values[] = {SPAN("key"), SPAN("a\r\n\0b"), {NULL, 0}};
    (void)state;
    buffer_init(&out, data, sizeof data);
    resp_write_commands(&out, "SET %a %b NX\nGET %a\nECHO %c", values);
    const span expected = SPAN("*4\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\na\r\n\0b\r\n$2\r\nNX\r\n"
                               "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n"
                               "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n");
    assert_true(span_equal(buffer_span(&out), expected));
    buffer_init(&out, data, expected.size - 1);
    resp_write_commands(&out, "SET %a %b NX\nGET %a\nECHO %c", values);
    assert_true(out.overflow);
    buffer_init(&out, data, sizeof data);
    resp_write_commands(&out, "PING", values);
    assert_span(buffer_span(&out), "*1\r\n$4\r\nPING\r\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies),  cmocka_unit_test(test_one_after_another),
        cmocka_unit_test(test_hostile),  cmocka_unit_test(test_limits),
        cmocka_unit_test(test_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
