#include "json/scan.h"

#include "base/limits.h"
#include "support/guard.h"
#include "support/test.h"

static bool scan(span text, struct json_member *members, size_t count, pinetoken_error *error) {
    char *at_start = guard_copy_after(text);
    bool valid_at_start = json_scan_object((span){at_start, text.size}, members, count, error);
    guard_free(at_start, text.size);
    char *copy = guard_copy(text);
    bool valid = json_scan_object((span){copy, text.size}, members, count, error);
    guard_free(copy, text.size);
    assert_int_equal(valid, valid_at_start);
    return valid;
}

static const char *const valid[] = {
    "{}",
    " \t\r\n{ \t\r\n} \t\r\n",
    "{\"a\":1}",
    "{ \"a\" : 1 , \"b\" : 2 }",
    "{\"\":\"\"}",
    "{\"a\":[]}",
    "{\"a\":[ ]}",
    "{\"a\":[1,\"x\",null,true,false,{},[[]]]}",
    "{\"a\":{\"a\":{\"a\":1}},\"b\":{}}",
    "{\"a\":0,\"b\":-0,\"c\":-1.5e+10,\"d\":1E-2,\"e\":0.0,\"f\":12e3}",
    "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\uD83D\\uDE00\"}",
    "{\"a\":\"\\ud800\"}", /* a lone surrogate in a member that nobody reads (RFC 8259 8.2) */
    "{\"a\":\"\xc3\xbc\xf0\x9f\x98\x80\x7f\"}",
    "{\"x\":1,\"x\":2}", /* a name that nobody asked for may come twice */
};

static const struct {
    const char *text;
    const char *why;
    int64_t offset;
} invalid[] = {
    {"", "not an object", 0},
    {"   ", "not an object", 3},
    {"[]", "not an object", 0},
    {"\"a\"", "not an object", 0},
    {"1", "not an object", 0},
    {"null", "not an object", 0},
    {"<html>", "not an object", 0},
    {"\xef\xbb\xbf{}", "not an object", 0},
    {"{", "name in quotes", 1},
    {"{a:1}", "name in quotes", 1},
    {"{'a':1}", "name in quotes", 1},
    {"{1:1}", "name in quotes", 1},
    {"{,}", "name in quotes", 1},
    {"{\"a\"}", "colon", 4},
    {"{\"a\" 1}", "colon", 5},
    {"{\"a\":}", "value is missing", 5},
    {"{\"a\":,}", "value is missing", 5},
    {"{\"a\":1,}", "name in quotes", 7},
    {"{\"a\":1", "comma", 6},
    {"{\"a\":1 \"b\":2}", "comma", 7},
    {"{\"a\":1]", "comma", 6},
    {"{\"a\":[1}", "comma", 7},
    {"{\"a\":[1,]}", "value is missing", 8},
    {"{\"a\":[,1]}", "value is missing", 6},
    {"{}}", "after the object", 2},
    {"{}{}", "after the object", 2},
    {"{} x", "after the object", 3},
    {"{}\x0b", "after the object", 2},
    {"{\"a\":01}", "comma", 6},
    {"{\"a\":-}", "without a digit", 6},
    {"{\"a\":+1}", "value is missing", 5},
    {"{\"a\":.5}", "value is missing", 5},
    {"{\"a\":1.}", "without a digit", 7},
    {"{\"a\":1.e5}", "without a digit", 7},
    {"{\"a\":1e}", "without a digit", 7},
    {"{\"a\":1e+}", "without a digit", 8},
    {"{\"a\":0x10}", "comma", 6},
    {"{\"a\":NaN}", "value is missing", 5},
    {"{\"a\":Infinity}", "value is missing", 5},
    {"{\"a\":-Infinity}", "without a digit", 6},
    {"{\"a\":tru}", "word", 5},
    {"{\"a\":True}", "value is missing", 5},
    {"{\"a\":nul", "word", 5},
    {"{\"a\":truee}", "comma", 9},
    {"{\"a\":\"b}", "without its end", 8},
    {"{\"a", "without its end", 3},
    {"{\"a\":\"\n\"}", "control character", 6},
    {"{\"a\":\"\t\"}", "control character", 6},
    {"{\"a\n\":1}", "control character", 3},
    {"{\"a\":\"\\x\"}", "escape", 6},
    {"{\"a\":\"\\", "escape", 6},
    {"{\"a\":\"\\u12\"}", "hex digits", 6},
    {"{\"a\":\"\\u12g4\"}", "hex digits", 6},
    {"{\"a\":\"\\u123\"}", "hex digits", 6},
    {"{\"a\":\"\\u123g\"}", "hex digits", 6},
    {"{\"a\":\"\\ug234\"}", "hex digits", 6},
    {"{\"a\":\"\\u\"}", "hex digits", 6},
    {"{\"a\":\"x\x1f\"}", "control character", 7},
    {"{\"a\":\"\\", "escape", 6},
    {"{\"a\":\"\\u1234", "without its end", 12},
    {"{\"a\":\"\\U0041\"}", "escape", 6},
    {"{\"a\":\"\xff\"}", "UTF-8", 6},
    {"{\"a\":\"\xc0\x80\"}", "UTF-8", 6},
    {"{\"a\":\"\xed\xa0\x80\"}", "UTF-8", 6},
    {"{\"a\":\"\xc3\"}", "UTF-8", 6},
    {"{\"\xff\":1}", "UTF-8", 2},
    {"{\"a\":1/*x*/}", "comma", 6},
    {"{\"token\":1,\"token\":2}", "twice", 11},
    {"{\"token\":1,\"t\\u006fken\":2}", "twice", 11},
};

static void test_valid(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(valid); i++) {
        struct json_member member = {.name = SPAN("token")};
        pinetoken_error error = {0};
        if (!scan(span_text(valid[i]), &member, 1, &error)) {
            fail_msg("%s: %s", valid[i], error.message);
        }
        assert_int_equal(member.kind, JSON_ABSENT);
    }
}

/* No prefix of a valid text is valid, except for blanks after it. */
static void test_truncated(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(valid); i++) {
        span text = span_text(valid[i]);
        while (text.data[text.size - 1] != '}') {
            text.size--;
        }
        for (size_t size = 0; size < text.size; size++) {
            pinetoken_error error = {0};
            assert_false(scan(span_cut(text, 0, size), NULL, 0, &error));
        }
    }
}

static void test_invalid(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(invalid); i++) {
        struct json_member member = {.name = SPAN("token")};
        pinetoken_error error = {.status = PINETOKEN_OK};
        bool is_valid = scan(span_text(invalid[i].text), &member, 1, &error);
        if (is_valid || strstr(error.message, invalid[i].why) == NULL ||
            error.offset != invalid[i].offset) {
            fail_msg("%s: %d %s", invalid[i].text, is_valid, error.message);
        }
        assert_int_equal(error.status, PINETOKEN_PROTOCOL);
    }
}

/* 0x00 and 0xff in place of every byte of a text (which is not within a string): never the end,
 * never valid. */
static void test_foreign_bytes(void **state) {
    (void)state;
    const span text = SPAN("{\"a\":[1,true,\"x\"]}");
    for (size_t at = 0; at < text.size; at++) {
        for (int byte = 0; byte < 256; byte += 255) {
            char copy[32];
            pinetoken_error error = {0};
            memcpy(copy, text.data, text.size);
            copy[at] = (char)byte;
            assert_false(scan((span){copy, text.size}, NULL, 0, &error));
        }
    }
    pinetoken_error error = {0};
    assert_false(scan(SPAN("{}\0"), NULL, 0, &error));
}

static void test_members(void **state) {
    (void)state;
    struct json_member members[] = {
        {.name = SPAN("s")}, {.name = SPAN("n")}, {.name = SPAN("t")},   {.name = SPAN("f")},
        {.name = SPAN("z")}, {.name = SPAN("o")}, {.name = SPAN("arr")}, {.name = SPAN("none")},
    };
    pinetoken_error error = {0};
    assert_true(json_scan_object(
        SPAN("{\"n\":-1.5e3,\"s\":\"a\\n\",\"t\":true,\"f\":false,\"z\":null,\"o\":{\"s\":1,"
             "\"none\":2},\"\\u0061rr\":[{\"none\":3}]}"),
        members, COUNT(members), &error));
    assert_int_equal(members[0].kind, JSON_STRING);
    assert_span(members[0].value, "a\\n");
    assert_int_equal(members[1].kind, JSON_NUMBER);
    assert_span(members[1].value, "-1.5e3");
    assert_int_equal(members[2].kind, JSON_TRUE);
    assert_span(members[2].value, "true");
    assert_int_equal(members[3].kind, JSON_FALSE);
    assert_span(members[3].value, "false");
    assert_int_equal(members[4].kind, JSON_NULL);
    assert_span(members[4].value, "null");
    assert_int_equal(members[5].kind, JSON_OBJECT);
    assert_span(members[5].value, "{\"s\":1,\"none\":2}");
    assert_int_equal(members[6].kind, JSON_ARRAY);
    assert_span(members[6].value, "[{\"none\":3}]");
    assert_int_equal(members[7].kind, JSON_ABSENT);
}

static void test_first_array(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *value; /* NULL: missing */
    } cases[] = {
        {"{\"a\":[1]}", "[1]"},
        {"{\"a\":{\"b\":[0]},\"\":[ ],\"c\":[1]}", "[ ]"},
        {"{\"known\":[0],\"a\":[[1],{\"b\":[2]}]}", "[[1],{\"b\":[2]}]"},
        {"{\"a\":{},\"known\":[0]}", NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json_member members[] = {{.name = JSON_FIRST_ARRAY}, {.name = SPAN("known")}};
        pinetoken_error error = {0};
        assert_true(json_scan_object(span_text(cases[i].text), members, COUNT(members), &error));
        assert_int_equal(members[0].kind, cases[i].value != NULL ? JSON_ARRAY : JSON_ABSENT);
        if (cases[i].value != NULL) {
            assert_span(members[0].value, cases[i].value);
        }
        /* Wherever it is in the list. */
        struct json_member reversed[] = {{.name = SPAN("known")}, {.name = JSON_FIRST_ARRAY}};
        assert_true(json_scan_object(span_text(cases[i].text), reversed, COUNT(reversed), &error));
        assert_int_equal(reversed[1].kind, members[0].kind);
        assert_true(span_equal(reversed[1].value, members[0].value));
        assert_int_equal(reversed[0].kind, members[1].kind);
    }
}

/* Errors have the offset of the value, also of an empty one. */
static void test_where_an_empty_string_stands(void **state) {
    (void)state;
    const span text = SPAN("{\"a\":\"\"}");
    struct json_member member = {.name = SPAN("a")};
    pinetoken_error error = {0};
    assert_true(json_scan_object(text, &member, 1, &error));
    assert_int_equal(member.kind, JSON_STRING);
    assert_int_equal(member.value.size, 0);
    assert_ptr_equal(member.value.data, text.data + 6);
}

/* What an earlier object had is forgotten; a member without a name is the first array, not one
 * whose name is empty. */
static void test_members_are_set_anew(void **state) {
    (void)state;
    struct json_member members[] = {{.name = SPAN("a")}, {.name = SPAN("b")}, {.name = {NULL, 0}}};
    pinetoken_error error = {0};
    assert_true(json_scan_object(SPAN("{\"a\":1,\"b\":2,\"c\":[]}"), members, 3, &error));
    assert_true(json_scan_object(SPAN("{\"\":1}"), members, 3, &error));
    for (size_t i = 0; i < COUNT(members); i++) {
        assert_int_equal(members[i].kind, JSON_ABSENT);
        assert_int_equal(members[i].value.size, 0);
    }
}

static bool scan_nested(size_t depth, char open, char close, pinetoken_error *error) {
    char text[128] = "{\"a\":";
    size_t size = 5;
    for (size_t i = 1; i < depth; i++) {
        text[size++] = open;
    }
    for (size_t i = 1; i < depth; i++) {
        text[size++] = close;
    }
    text[size++] = '}';
    return scan((span){text, size}, NULL, 0, error);
}

static void test_depth(void **state) {
    (void)state;
    pinetoken_error error = {0};
    assert_true(scan_nested(LIMIT_JSON_DEPTH, '[', ']', &error));
    assert_false(scan_nested(LIMIT_JSON_DEPTH + 1, '[', ']', &error));
    assert_message(error, "32 levels");
    assert_int_equal(error.offset, 5 + LIMIT_JSON_DEPTH - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_foreign_bytes),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_first_array),
        cmocka_unit_test(test_where_an_empty_string_stands),
        cmocka_unit_test(test_members_are_set_anew),
        cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
