#include "cli/output.h"

#include "support/test.h"

static const struct {
    enum format format;
    const char *line;
} formats[] = {
    {FORMAT_RAW, "t.o-k\n"},
    {FORMAT_JSON, "{\"access_token\":\"t.o-k\",\"token_type\":\"Bearer\",\"expires_in\":7,"
                  "\"expires_at\":1800000000}\n"},
    {FORMAT_HEADER, "Authorization: Bearer t.o-k\n"},
    {FORMAT_ENV, "PINECONE_ACCESS_TOKEN='t.o-k'\n"},
    {FORMAT_CURL, "header = \"Authorization: Bearer t.o-k\"\n"},
};

static void test_formats(void **state) {
    (void)state;
    const pinetoken_token token = {
        .access_token = {"t.o-k", 5}, .expires_in = 7, .expires_at = 1800000000};
    for (size_t i = 0; i < COUNT(formats); i++) {
        char data[OUTPUT_MAX];
        size_t size = output_format(&token, formats[i].format, data);
        assert_span(((span){data, size}), formats[i].line);
    }
}

static void test_unknown_times_are_null(void **state) {
    (void)state;
    char data[OUTPUT_MAX];
    const pinetoken_token token = {.access_token = {"t", 1}, .expires_in = -1, .expires_at = -1};
    size_t size = output_format(&token, FORMAT_JSON, data);
    assert_span(((span){data, size}), "{\"access_token\":\"t\",\"token_type\":\"Bearer\","
                                      "\"expires_in\":null,\"expires_at\":null}\n");
}

/* The longest token fits in every format. */
static void test_longest(void **state) {
    (void)state;
    static char text[LIMIT_TOKEN];
    memset(text, 'a', sizeof text);
    const pinetoken_token token = {
        .access_token = {text, sizeof text}, .expires_in = INT64_MAX, .expires_at = INT64_MAX};
    for (size_t i = 0; i < COUNT(formats); i++) {
        static char data[OUTPUT_MAX];
        size_t size = output_format(&token, formats[i].format, data);
        assert_true(size > sizeof text && data[size - 1] == '\n');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_unknown_times_are_null),
        cmocka_unit_test(test_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
