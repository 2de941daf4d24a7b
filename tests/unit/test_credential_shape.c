#include "cli/credential_shape.h"

#include "support/test.h"

static void test_one_line_end_is_dropped(void **state) {
    const struct {
        span text;
        size_t size;
    } cases[] = {
        {SPAN(""), 0},          {SPAN("\n"), 0},    {SPAN("\r\n"), 0}, {SPAN("a"), 1},
        {SPAN("a\n"), 1},       {SPAN("a\r\n"), 1}, {SPAN("a\r"), 2},  {SPAN("a\n\n"), 2},
        {SPAN("a\r\n\r\n"), 3}, {SPAN("a\n\r"), 3}, {SPAN("a \n"), 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        span rest = shape_without_line_end(cases[i].text);
        assert_ptr_equal(rest.data, cases[i].text.data);
        assert_int_equal(rest.size, cases[i].size);
    }
}

#define VARIABLE "PINECONE_CLIENT_SECRET"

static void test_faults(void **state) {
    const struct {
        span text;
        const char *fault; /* NULL: none */
    } cases[] = {
        {SPAN(""), "is empty"},
        {SPAN("a"), NULL},
        {SPAN("\""), NULL},
        {SPAN("\"a"), NULL},
        {SPAN("a\""), NULL},
        {SPAN("\"a'"), NULL},
        {SPAN("a\"b\"c"), NULL},
        {SPAN("\"\""), "starts and ends with a quote character"},
        {SPAN("\"a\""), "starts and ends with a quote character"},
        {SPAN("'a'"), "starts and ends with a quote character"},
        {SPAN("\xef\xbb\xbf"
              "a"),
         "starts with a byte order mark"},
        {SPAN("\xff\xfe"
              "a"),
         "starts with a byte order mark"},
        {SPAN("\xfe\xff"), "starts with a byte order mark"},
        {SPAN("\xef\xbb"), "is not UTF-8"},
        {SPAN("\xff"), "is not UTF-8"},
        {SPAN("a\xef\xbb\xbf"), NULL},
        {SPAN("a\nb"), "has more than one line: a line end is a control character"},
        {SPAN("\tb\r"), "has more than one line: a line end is a control character"},
        {SPAN("a\tb"), "has a control character in it"},
        {SPAN("a\0b"), "has a control character in it"},
        {SPAN("\x7f"), "has a control character in it"},
        {SPAN("\x1f"), "has a control character in it"},
        {SPAN(" "), NULL},
        {SPAN("~"), NULL},
        {SPAN("\xc3\xa9"), NULL},
        {SPAN(VARIABLE "=a"), "starts with NAME="},
        {SPAN(VARIABLE "="), "starts with NAME="},
        {SPAN("export " VARIABLE "=a"), "starts with NAME="},
        {SPAN(VARIABLE), NULL},
        {SPAN(VARIABLE "a="), NULL},
        {SPAN("export a=b"), NULL},
        {SPAN("ABC="), NULL},
        {SPAN("${a}"), "is a reference like ${NAME}, not expanded"},
        {SPAN("$(cat a)"), "is a reference like ${NAME}, not expanded"},
        {SPAN("${"), NULL},
        {SPAN("${a"), NULL},
        {SPAN("$(a}"), NULL},
        {SPAN("${a)"), NULL},
        {SPAN("$a"), NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct shape_finding finding = shape_fault(cases[i].text, VARIABLE);
        if (cases[i].fault == NULL) {
            assert_null(finding.fault);
        } else {
            assert_non_null(finding.fault);
            assert_string_equal(finding.fault, cases[i].fault);
            assert_true(finding.advice[0] != '\0');
        }
    }
}

static void test_longest(void **state) {
    char text[4097];
    (void)state;
    memset(text, 'x', sizeof text);
    assert_null(shape_fault((span){text, 4096}, VARIABLE).fault);
    assert_string_equal(shape_fault((span){text, 4097}, VARIABLE).fault,
                        "is longer than 4096 bytes");
}

static void test_oddities(void **state) {
    (void)state;
    assert_null(shape_oddity(SPAN("")).fault);
    assert_null(shape_oddity(SPAN("a b")).fault);
    assert_string_equal(shape_oddity(SPAN(" a")).fault, "starts with a blank");
    assert_string_equal(shape_oddity(SPAN("a ")).fault, "ends with a blank");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_line_end_is_dropped),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_oddities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
