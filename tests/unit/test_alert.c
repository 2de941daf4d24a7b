#include "tls/alert.h"

#include "support/test.h"

static void test_names(void **state) {
    (void)state;
    assert_string_equal(alert_name(40), "handshake_failure");
    assert_string_equal(alert_name(120), "no_application_protocol");
    assert_string_equal(alert_name(0), "close_notify");
    assert_string_equal(alert_name(1), "unknown");
    assert_string_equal(alert_name(-1), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
