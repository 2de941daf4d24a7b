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
    request_field(&out, SPAN("X-Empty"), SPAN(""));
    request_field(&out, SPAN("X-Y"), SPAN("a: b\t\xff"));
    request_field_number(&out, SPAN("Content-Length"), 12);
    request_end(&out);
    assert_span(buffer_span(&out), "POST /a?b HTTP/1.1\r\nHost: h:8443\r\nX-Empty: \r\n"
                                   "X-Y: a: b\t\xff\r\nContent-Length: 12\r\n\r\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
