/* The additional fields of a request: what is refused, and how they are written. */
#include "http/header_lines.h"

#include "support/test.h"

static void test_refused(void **state) {
    static const char *const lines[] = {
        "no colon", ": x", "A B: x", "A : x", "A: x\r\nB: y", "A: x\n", "A: \x7f", "A\r\nB: x", "",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        const char *const list[] = {"Good: x", lines[i], NULL};
        pinetoken_error error = {0};
        if (header_lines_check(list, &error)) {
            fail_msg("%s", lines[i]);
        }
        assert_int_equal(error.status, PINETOKEN_USAGE);
        assert_message(error, "header: ");
    }
}

/* Whatever the case of their letters; and no others. */
static void test_reserved(void **state) {
    static const char *const lines[] = {
        "Host: x",
        "host:x",
        "CONTENT-LENGTH: 1",
        "Content-Type: x",
        "Accept: */*",
        "User-Agent: x",
        "x-pinecone-api-version: 1",
        "Connection: keep-alive",
        "Transfer-Encoding: chunked",
        "Accept-Encoding: gzip",
        "Expect: 100-continue",
        "TE: x",
        "Trailer: x",
        "Upgrade: x",
        "Keep-Alive: x",
        "Proxy-Connection: x",
    };
    static const char *const others[] = {"Hosts: x", "Hos: x", "T: x", "X-Host: x", NULL};
    pinetoken_error error = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        const char *const list[] = {lines[i], NULL};
        if (header_lines_check(list, &error)) {
            fail_msg("%s", lines[i]);
        }
        assert_int_equal(error.status, PINETOKEN_USAGE);
        const char *name = strstr(error.message, "sets \"");
        assert_non_null(name);
        assert_memory_equal(name + strlen("sets \""), lines[i], strcspn(lines[i], ":"));
        assert_message(error, "itself");
    }
    assert_true(header_lines_check(others, &error));
    assert_true(header_lines_check(NULL, &error));
}

static void test_written(void **state) {
    static const char *const lines[] = {"X-A:  a b ", "Empty:", "X-B: c:d", NULL};
    char data[64];
    struct buffer out;
    (void)state;
    buffer_init(&out, data, sizeof data);
    header_lines_append(&out, lines);
    assert_span(buffer_span(&out), "X-A: a b\r\nEmpty: \r\nX-B: c:d\r\n");
    header_lines_append(&out, NULL);
    assert_false(out.overflow);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_reserved),
        cmocka_unit_test(test_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
