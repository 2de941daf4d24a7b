#include "http/request.h"

#include "support/test.h"

static void test_head(void **state) {
    (void)state;
    char data[256];
    struct buffer out;
    struct url url;
    pinetoken_error error = {0};
    assert_true(url_parse(SPAN("https://h:8443/a?b"), &url, &error));
    buffer_init(&out, data, sizeof data);
    request_begin(&out, SPAN("POST"), &url);
    assert_true(request_field(&out, SPAN("X-Empty"), SPAN("")));
    assert_true(request_field(&out, SPAN("X-Y"), SPAN("a: b\t\xff")));
    request_field_number(&out, SPAN("Content-Length"), 12);
    request_end(&out);
    assert_span(buffer_span(&out), "POST /a?b HTTP/1.1\r\nHost: h:8443\r\nX-Empty: \r\n"
                                   "X-Y: a: b\t\xff\r\nContent-Length: 12\r\n\r\n");
}

static void test_nothing_starts_a_new_line(void **state) {
    (void)state;
    static const struct {
        span name;
        span value;
    } cases[] = {
        {{"X", 1}, {"a\r\nY: b", 7}}, {{"X", 1}, {"a\nb", 3}},   {{"X", 1}, {"a\rb", 3}},
        {{"X", 1}, {"a\0b", 3}},      {{"X\r\nY", 4}, {"a", 1}}, {{"X ", 2}, {"a", 1}},
        {{"", 0}, {"a", 1}},          {{"X:", 2}, {"a", 1}},     {{"X", 1}, {"\x7f", 1}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char data[64];
        struct buffer out;
        buffer_init(&out, data, sizeof data);
        assert_false(request_field(&out, cases[i].name, cases[i].value));
        assert_int_equal(out.size, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_nothing_starts_a_new_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
