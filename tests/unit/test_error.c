#include "base/error.h"

#include "base/limits.h"
#include "support/test.h"

static void test_message(void **state) {
    (void)state;
    pinetoken_error error = {0};
    error_begin(&error, PINETOKEN_TLS, "a: ");
    error_add_number(&error, INT64_MIN);
    error_add(&error, ", ");
    error_add_quoted(&error, SPAN("b\"\x1b"));
    assert_string_equal(error.message, "a: -9223372036854775808, \"b\"\\x1b\"");
    assert_string_equal(error.advice, "");
    assert_int_equal(error.status, PINETOKEN_TLS);
    assert_int_equal(error.tls_alert, -1);
    assert_int_equal(error.retry_after_ms, -1);
    assert_int_equal(error.offset, -1);
}

static void test_set(void **state) {
    (void)state;
    pinetoken_error error = {0};
    assert_false(error_set(&error, PINETOKEN_USAGE, "a: b", "do c"));
    assert_int_equal(error.status, PINETOKEN_USAGE);
    assert_string_equal(error.message, "a: b");
    assert_string_equal(error.advice, "do c");
    assert_false(error_set_parts(&error, PINETOKEN_LOCAL, ERROR_PARTS("x", ": ", "y"), ""));
    assert_int_equal(error.status, PINETOKEN_LOCAL);
    assert_string_equal(error.message, "x: y");
    assert_string_equal(error.advice, "");
    assert_false(error_advise_parts(&error, ERROR_PARTS("set ", "X")));
    assert_false(error_advise_parts(&error, ERROR_PARTS("set ", "Y")));
    assert_string_equal(error.advice, "set Y");
    assert_false(error_out_of_memory("client", &error));
    assert_int_equal(error.status, PINETOKEN_INTERNAL);
    assert_string_equal(error.message, "client: out of memory");
    assert_string_equal(error.advice, "");
}

static void check_line(const pinetoken_error *error, const char *expected) {
    char text[ERROR_LINE_CAPACITY];
    struct buffer out;
    buffer_init(&out, text, sizeof text);
    error_line(error, &out);
    assert_false(out.overflow);
    assert_true(span_equal(buffer_span(&out), span_text(expected)));
}

static void test_line(void **state) {
    (void)state;
    pinetoken_error error = {0};
    error_set(&error, PINETOKEN_TLS, "a: b", "");
    check_line(&error, "a: b");
    error_advise(&error, "do c");
    check_line(&error, "a: b (do c)");
    error_advise(&error, "c");
    check_line(&error, "a: b (c)");
}

/* Each text has room of its own: a long message does not push the advice out, and the line of both
 * at their longest fits its capacity. */
static void test_long_texts_are_cut(void **state) {
    (void)state;
    pinetoken_error error = {0};
    char text[ERROR_LINE_CAPACITY];
    char long_advice[2 * PINETOKEN_ADVICE_CAPACITY];
    struct buffer out;
    error_set(&error, PINETOKEN_TLS, "", "do c");
    for (int i = 0; i < 100; i++) {
        error_add(&error, "0123456789");
    }
    assert_int_equal(strlen(error.message), PINETOKEN_MESSAGE_CAPACITY - 1);
    assert_string_equal(error.advice, "do c");
    memset(long_advice, 'x', sizeof long_advice - 1);
    long_advice[sizeof long_advice - 1] = '\0';
    error_advise(&error, long_advice);
    assert_int_equal(strlen(error.advice), PINETOKEN_ADVICE_CAPACITY - 1);
    buffer_init(&out, text, sizeof text);
    error_line(&error, &out);
    assert_false(out.overflow);
}

/* What is quoted may be as long as is shown of it, each byte of it escaped; more is cut. */
static void test_long_quotes(void **state) {
    (void)state;
    char foreign[LIMIT_QUOTE + 1];
    for (size_t size = LIMIT_QUOTE - 1; size <= LIMIT_QUOTE + 1; size++) {
        pinetoken_error error = {0};
        memset(foreign, 'x', sizeof foreign);
        error_begin(&error, PINETOKEN_TLS, "");
        error_add_quoted(&error, (span){foreign, size});
        assert_int_equal(strlen(error.message), size <= LIMIT_QUOTE ? size + 2 : LIMIT_QUOTE + 5);
        assert_int_equal(error.message[0], '"');
        assert_int_equal(error.message[strlen(error.message) - 1], '"');
        memset(foreign, '\n', sizeof foreign);
        error_begin(&error, PINETOKEN_TLS, "");
        error_add_quoted(&error, (span){foreign, size});
        size_t length = strlen(error.message);
        assert_true(length >= PINETOKEN_MESSAGE_CAPACITY - 4);
        assert_true(length < PINETOKEN_MESSAGE_CAPACITY);
    }
}

static void test_at(void **state) {
    (void)state;
    pinetoken_error error = {0};
    assert_false(error_at(&error, PINETOKEN_PROTOCOL, "rule", 17));
    assert_string_equal(error.message, "rule at byte 17");
    assert_int_equal(error.offset, 17);
}

static void test_phase_names(void **state) {
    (void)state;
    for (int phase = 0; phase <= PINETOKEN_PHASE_WAIT; phase++) {
        assert_string_not_equal(pinetoken_phase_name((pinetoken_phase)phase), "unknown");
    }
    assert_string_equal(pinetoken_phase_name((pinetoken_phase)99), "unknown");
    assert_string_equal(pinetoken_phase_name(PINETOKEN_PHASE_DIAL), "dial");
}

static void test_status_names(void **state) {
    (void)state;
    for (int status = 0; status <= PINETOKEN_UNAVAILABLE; status++) {
        assert_string_not_equal(pinetoken_status_name((pinetoken_status)status), "unknown");
    }
    assert_string_equal(pinetoken_status_name((pinetoken_status)13), "unknown");
    assert_string_equal(pinetoken_status_name(PINETOKEN_THROTTLED), "throttled");
}

/* The last column of the command line's table of exit codes. */
static void test_retryable(void **state) {
    (void)state;
    for (int status = 0; status <= PINETOKEN_UNAVAILABLE; status++) {
        bool expected = status == 5 || status == 7 || status == 10 || status == 11 || status == 12;
        assert_int_equal(pinetoken_status_retryable((pinetoken_status)status), expected);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message),     cmocka_unit_test(test_set),
        cmocka_unit_test(test_line),        cmocka_unit_test(test_long_texts_are_cut),
        cmocka_unit_test(test_at),          cmocka_unit_test(test_phase_names),
        cmocka_unit_test(test_long_quotes), cmocka_unit_test(test_status_names),
        cmocka_unit_test(test_retryable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
