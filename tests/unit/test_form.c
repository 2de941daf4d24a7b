#include "http/form.h"

#include "support/test.h"

static void test_pairs(void **state) {
    (void)state;
    char data[256];
    struct buffer out;
    buffer_init(&out, data, sizeof data);
    form_append(&out, true, SPAN("a"), SPAN("*-._ AZaz09"));
    form_append(&out, false, SPAN("b"), SPAN("&=+%~/:\"\xc3\xbc"));
    form_append(&out, false, SPAN("c"), SPAN(""));
    form_append(&out, false, SPAN("d"), SPAN("\r\n\0"));
    assert_span(buffer_span(&out), "a=*-._+AZaz09&b=%26%3D%2B%25%7E%2F%3A%22%C3%BC&c=&d=%0D%0A%00");
}

/* Only what RFC 6749 appendix B leaves as it is stays. */
static void test_every_byte(void **state) {
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char data[16];
        const char value = (char)byte;
        struct buffer out;
        buffer_init(&out, data, sizeof data);
        form_append(&out, true, SPAN("a"), (span){&value, 1});
        bool stays = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                     (byte >= 'a' && byte <= 'z') || byte == '*' || byte == '-' || byte == '.' ||
                     byte == '_' || byte == ' ';
        assert_int_equal(out.size, stays ? 3 : 5);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
