#include "http/chunked.h"

#include "base/limits.h"
#include "support/guard.h"
#include "support/test.h"

struct result {
    enum chunked_progress progress;
    size_t taken; /* of the whole input */
    const char *why;
    size_t size;
    char content[4096];
};

/* Feeds text[0..first), then the rest in parts of `step`, while more is wanted. */
static void run(span text, size_t first, size_t step, struct result *result) {
    struct chunked chunked = {.room = UINT64_MAX, .framing_room = LIMIT_CHUNK_FRAMING};
    *result = (struct result){.progress = CHUNKED_MORE};
    size_t at = 0;
    while (result->progress == CHUNKED_MORE && at < text.size) {
        size_t part = at == 0 && first > 0 ? first : step;
        part = part < text.size - at ? part : text.size - at;
        size_t content = 0;
        size_t taken = 0;
        char *copy = guard_copy(span_cut(text, at, at + part));
        result->progress = chunked_decode(&chunked, copy, part, &content, &taken, &result->why);
        memcpy(result->content + result->size, copy, content);
        guard_free(copy, part);
        result->size += content;
        result->taken += taken;
        at += part;
    }
}

static void assert_same(const struct result *a, const struct result *b) {
    assert_int_equal(a->progress, b->progress);
    assert_int_equal(a->taken, b->taken);
    assert_int_equal(a->size, b->size);
    assert_memory_equal(a->content, b->content, a->size);
    assert_ptr_equal(a->why, b->why);
}

/* Complete, then in every two parts, then byte by byte. */
static void run_every_way(span text, struct result *whole) {
    struct result split;
    run(text, 0, text.size, whole);
    for (size_t cut = 1; cut < text.size; cut++) {
        run(text, cut, text.size, &split);
        assert_same(&split, whole);
    }
    run(text, 0, 1, &split);
    assert_same(&split, whole);
}

static const struct {
    const char *text;
    const char *content;
    size_t rest; /* bytes after the end */
} valid[] = {
    {"0\r\n\r\n", "", 0},
    {"5\r\nhello\r\n0\r\n\r\n", "hello", 0},
    {"3\r\nabc\r\n2\r\nde\r\n000\r\n\r\n", "abcde", 0},
    {"A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789", 0},
    {"0000000000000005\r\nhello\r\n0\r\n\r\n", "hello", 0},
    {"1\r\na\r\n0000000000000001\r\nb\r\n0000000000000000\r\n\r\n", "ab", 0},
    {"2;name=value;x=\"y\"\r\n\r\n\r\n0;last\r\n\r\n", "\r\n", 0},
    {"1;\r\na\r\n0\r\nTrailer: a\r\nOther:\r\n\r\n", "a", 0},
    {"0\r\n\r\nHTTP/1.1", "", 8},
};

static const struct {
    const char *text;
    const char *why;
    size_t offset;
} invalid[] = {
    {"\r\n", "without a digit", 0},
    {"g\r\n", "without a digit", 0},
    {" 5\r\nhello", "without a digit", 0},
    {"+5\r\nhello", "without a digit", 0},
    {"-5\r\nhello", "without a digit", 0},
    {"0x5\r\nhello", "after a chunk size", 1},
    {"5 \r\nhello", "after a chunk size", 1},
    {"5\thello", "after a chunk size", 1},
    {"5\nhello\n", "after a chunk size", 1},
    {"5\r5", "without its LF", 2},
    {"00000000000000005\r\nhello", "16 digits", 16},
    {"5;a\nhello", "extension", 3},
    {"5;a\x01", "extension", 3},
    {"5;\x7f", "extension", 2},
    {"5\r\nhello\n", "not followed by CRLF", 8},
    {"5\r\nhelloo\r\n", "not followed by CRLF", 8},
    {"5\r\nhello\r\r", "not followed by CRLF", 9},
    {"0\r\n\n", "trailer", 3},
    {"0\r\n: a\r\n\r\n", "trailer", 3},
    {"0\r\na b: c\r\n\r\n", "trailer", 4},
    {"0\r\n folded\r\n\r\n", "trailer", 3},
    {"0\r\nname\r\n\r\n", "trailer", 7},
    {"0\r\na: b\nc: d", "trailer", 7},
    {"0\r\na: b\rc", "without its LF", 8},
    {"0\r\n\rx", "without its LF", 4},
};

static void test_valid(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(valid); i++) {
        struct result result;
        span text = span_text(valid[i].text);
        run_every_way(span_cut(text, 0, text.size - valid[i].rest), &result);
        assert_int_equal(result.progress, CHUNKED_DONE);
        assert_span(((span){result.content, result.size}), valid[i].content);
        run(text, 0, text.size, &result);
        assert_int_equal(result.taken, text.size - valid[i].rest);
    }
}

static void test_unfinished(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(valid); i++) {
        span text = span_text(valid[i].text);
        for (size_t size = 1; size < text.size - valid[i].rest; size++) {
            struct result result;
            run_every_way(span_cut(text, 0, size), &result);
            assert_int_equal(result.progress, CHUNKED_MORE);
            assert_int_equal(result.taken, size);
        }
    }
}

static void test_invalid(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(invalid); i++) {
        struct result result;
        run_every_way(span_text(invalid[i].text), &result);
        if (result.progress != CHUNKED_BAD || strstr(result.why, invalid[i].why) == NULL ||
            result.taken != invalid[i].offset) {
            fail_msg("%s: %d at %zu: %s", invalid[i].text, result.progress, result.taken,
                     result.why != NULL ? result.why : "");
        }
    }
}

/* A chunk is never taken to be shorter than its size, however large. */
static void test_largest_size(void **state) {
    (void)state;
    struct result result;
    run(SPAN("ffffffffffffffff\r\nabc"), 0, 100, &result);
    assert_int_equal(result.progress, CHUNKED_MORE);
    assert_span(((span){result.content, result.size}), "abc");
}

static void test_framing_is_bounded(void **state) {
    (void)state;
    static char text[LIMIT_CHUNK_FRAMING + 16];
    struct chunked chunked = {.room = UINT64_MAX, .framing_room = LIMIT_CHUNK_FRAMING};
    size_t content = 0;
    size_t taken = 0;
    const char *why = NULL;
    memset(text, 'x', sizeof text);
    memcpy(text, "1;", 2);
    assert_int_equal(chunked_decode(&chunked, text, LIMIT_CHUNK_FRAMING, &content, &taken, &why),
                     CHUNKED_MORE);
    assert_int_equal(chunked_decode(&chunked, text, 1, &content, &taken, &why), CHUNKED_BAD);
    assert_non_null(strstr(why, "framing"));
    assert_int_equal(taken, 0);
}

/* A decoder that something else wrote over: an error, no more. */
static void test_broken_state(void **state) {
    (void)state;
    struct chunked chunked = {.state = (enum chunked_state)99, .framing_room = 1};
    size_t content = 0;
    size_t taken = 0;
    const char *why = NULL;
    char data[] = "x";
    assert_int_equal(chunked_decode(&chunked, data, 1, &content, &taken, &why), CHUNKED_BAD);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),        cmocka_unit_test(test_broken_state),
        cmocka_unit_test(test_unfinished),   cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_largest_size), cmocka_unit_test(test_framing_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
