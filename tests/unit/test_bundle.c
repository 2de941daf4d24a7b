#include "trust/bundle.h"

#include "base/limits.h"
#include "support/test.h"

#include <stdlib.h>

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "-----END CERTIFICATE-----\n"

static const struct {
    const char *text;
    size_t count;
    size_t skipped;
} cases[] = {
    {"", 0, 0},
    {"no PEM at all", 0, 0},
    {BEGIN "Zm9vYmFy\n" END, 1, 0},
    {"# a comment\n" BEGIN "Zm9v\nYmFy\n" END "text" BEGIN "Zm9v\n" END "more", 2, 0},
    {BEGIN "Zm9vYmFy\n", 0, 1},
    {BEGIN, 0, 1},
    {BEGIN "not base64!\n" END BEGIN "Zm9v\n" END, 1, 1},
    {BEGIN END, 0, 1},
    {"-----BEGIN RSA PRIVATE KEY-----\nZm9v\n-----END RSA PRIVATE KEY-----\n" BEGIN "Zm9v\n" END, 1,
     0},
    {"-----BEGIN TRUSTED CERTIFICATE-----\nZm9v\n-----END TRUSTED CERTIFICATE-----\n", 0, 0},
};

static void test_blocks(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bundle bundle;
        size_t size = strlen(cases[i].text);
        unsigned char *data = malloc(size + 1);
        assert_non_null(data);
        memcpy(data, cases[i].text, size);
        bundle_pack(&bundle, data, size);
        if (bundle.count != cases[i].count || bundle.skipped != cases[i].skipped) {
            fail_msg("case %zu: %zu, %zu", i, bundle.count, bundle.skipped);
        }
        free(data);
    }
}

static void test_candidates(void **state) {
    (void)state;
    char text[] = BEGIN "Zm9vYmFy\n" END BEGIN "Zm9v\n" END BEGIN "YmFyYmFy\n" END;
    struct bundle bundle;
    size_t cursor = 0;
    span found;
    bundle_pack(&bundle, (unsigned char *)text, sizeof text - 1);
    assert_int_equal(bundle.count, 3);
    assert_true(bundle_next(&bundle, SPAN("bar"), &cursor, &found));
    assert_span(found, "foobar");
    assert_true(bundle_next(&bundle, SPAN("bar"), &cursor, &found));
    assert_span(found, "barbar");
    assert_false(bundle_next(&bundle, SPAN("bar"), &cursor, &found));
    cursor = 0;
    assert_false(bundle_next(&bundle, SPAN("baz"), &cursor, &found));
}

/* One byte over the limit is skipped, what follows is not. */
static void test_certificate_limit(void **state) {
    (void)state;
    static char text[2 * LIMIT_CERTIFICATE];
    for (size_t over = 0; over < 2; over++) {
        struct bundle bundle;
        /* 8192 bytes are 2730 groups of four and "xx==" or "xxx="... a full group goes over. */
        size_t digits = LIMIT_CERTIFICATE / 3 * 4;
        memset(text, 'A', sizeof text);
        memcpy(text, BEGIN, sizeof BEGIN - 1);
        size_t at = sizeof BEGIN - 1 + digits;
        memcpy(text + at, over == 0 ? "AAA=" : "AAAA", 4);
        memcpy(text + at + 4, "\n" END BEGIN "Zm9v\n" END,
               sizeof END + sizeof BEGIN + sizeof END + 3);
        size_t size = at + 4 + 1 + 2 * (sizeof END - 1) + sizeof BEGIN - 1 + 5;
        bundle_pack(&bundle, (unsigned char *)text, size);
        assert_int_equal(bundle.count, over == 0 ? 2 : 1);
        assert_int_equal(bundle.skipped, over);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_candidates),
        cmocka_unit_test(test_certificate_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
