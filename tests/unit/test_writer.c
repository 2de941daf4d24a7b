#include "json/writer.h"

#include "support/test.h"
#include "json/scan.h"
#include "json/string.h"

static void test_object(void **state) {
    (void)state;
    char data[256];
    struct buffer out;
    struct json_writer writer;
    buffer_init(&out, data, sizeof data);
    json_writer_init(&writer, &out);
    json_object_begin(&writer);
    json_member_string(&writer, SPAN("a"), SPAN("\"\\/\b\f\n\r\t\0\x1f\x7f"));
    json_member_string(&writer, SPAN("b"), SPAN("\xc3\xbc\xf0\x9f\x98\x80"));
    json_member_string(&writer, SPAN("c"), SPAN(""));
    json_object_end(&writer);
    assert_true(json_writer_end(&writer));
    assert_span(buffer_span(&out),
                "{\"a\":\"\\\"\\\\/\\u0008\\u000c\\u000a\\u000d\\u0009\\u0000\\u001f\x7f\","
                "\"b\":\"\xc3\xbc\xf0\x9f\x98\x80\",\"c\":\"\"}");
}

static void test_empty(void **state) {
    (void)state;
    char data[2];
    struct buffer out;
    struct json_writer writer;
    buffer_init(&out, data, sizeof data);
    json_writer_init(&writer, &out);
    json_object_begin(&writer);
    json_object_end(&writer);
    assert_true(json_writer_end(&writer));
    assert_span(buffer_span(&out), "{}");
}

static void test_refused(void **state) {
    (void)state;
    char data[64];
    struct buffer out;
    struct json_writer writer;
    buffer_init(&out, data, sizeof data);
    json_writer_init(&writer, &out);
    json_object_begin(&writer);
    json_member_string(&writer, SPAN("a"), SPAN("\xff"));
    assert_int_equal(out.size, strlen("{\"a\":"));
    json_member_string(&writer, SPAN("b"), SPAN("x"));
    json_object_end(&writer);
    assert_false(json_writer_end(&writer));
}

static void test_overflow(void **state) {
    (void)state;
    char data[9];
    for (size_t capacity = 0; capacity < sizeof data; capacity++) {
        struct buffer out;
        struct json_writer writer;
        buffer_init(&out, data, capacity);
        json_writer_init(&writer, &out);
        json_object_begin(&writer);
        json_member_string(&writer, SPAN("a"), SPAN("b"));
        json_object_end(&writer);
        assert_false(json_writer_end(&writer));
    }
}

/* Whatever one byte or pair of bytes a value has, the scanner reads back what was written. */
static void test_round_trip(void **state) {
    (void)state;
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        char value[2] = {(char)(pair >> 8), (char)(pair & 0xff)};
        char data[64];
        struct buffer out;
        struct json_writer writer;
        struct json_member member = {.name = SPAN("a")};
        pinetoken_error error = {0};
        buffer_init(&out, data, sizeof data);
        json_writer_init(&writer, &out);
        json_object_begin(&writer);
        json_member_string(&writer, SPAN("a"), (span){value, 2});
        json_object_end(&writer);
        if (!json_writer_end(&writer)) {
            continue;
        }
        size_t decoded = 0;
        assert_true(json_scan_object(buffer_span(&out), &member, 1, &error));
        assert_true(
            json_string_decode(data + (member.value.data - data), member.value.size, &decoded));
        assert_true(span_equal((span){member.value.data, decoded}, (span){value, 2}));
    }
}

static void test_nested(void **state) {
    (void)state;
    char data[256];
    struct buffer out;
    struct json_writer writer;
    buffer_init(&out, data, sizeof data);
    json_writer_init(&writer, &out);
    json_object_begin(&writer);
    json_member_number(&writer, SPAN("a"), INT64_MIN);
    json_name(&writer, SPAN("b"));
    json_array_begin(&writer);
    json_array_begin(&writer);
    json_array_end(&writer);
    json_object_begin(&writer);
    json_object_end(&writer);
    json_null(&writer);
    json_string(&writer, SPAN("c"));
    json_array_end(&writer);
    json_member_string(&writer, SPAN("d"), SPAN("e"));
    json_object_end(&writer);
    assert_true(json_writer_end(&writer));
    assert_span(buffer_span(&out), "{\"a\":-9223372036854775808,"
                                   "\"b\":[[],{},null,\"c\"],\"d\":\"e\"}");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_object),     cmocka_unit_test(test_empty),
        cmocka_unit_test(test_refused),    cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_nested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
