#include "base/error.h"

#include "support/test.h"

static void test_message(void **state) {
    (void)state;
    pinetoken_error error;
    assert_false(error_set(&error, PINETOKEN_TLS, "a: "));
    assert_false(error_number(&error, INT64_MIN));
    assert_false(error_text(&error, ", "));
    assert_false(error_quote(&error, SPAN("b\"\x1b")));
    assert_string_equal(error.message, "a: -9223372036854775808, \"b\"\\x1b\"");
    assert_int_equal(error.status, PINETOKEN_TLS);
    assert_int_equal(error.tls_alert, -1);
    assert_int_equal(error.retry_after_ms, -1);
    assert_int_equal(error.offset, -1);
}

static void test_long_message_is_cut(void **state) {
    (void)state;
    pinetoken_error error;
    (void)error_set(&error, PINETOKEN_TLS, "");
    for (int i = 0; i < 100; i++) {
        (void)error_text(&error, "0123456789");
    }
    assert_int_equal(strlen(error.message), PINETOKEN_MESSAGE_CAPACITY - 1);
}

static void test_at(void **state) {
    (void)state;
    pinetoken_error error;
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
        cmocka_unit_test(test_message),      cmocka_unit_test(test_long_message_is_cut),
        cmocka_unit_test(test_at),           cmocka_unit_test(test_phase_names),
        cmocka_unit_test(test_status_names), cmocka_unit_test(test_retryable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
