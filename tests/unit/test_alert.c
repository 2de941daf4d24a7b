#include "tls/alert.h"

#include "support/test.h"

/* Every alert of RFC 8446 6 and RFC 5246 7.2, and a part of its advice; NULL: none,
 * since a server has no reason to send it, or it is not an error. */
static const struct {
    int number;
    const char *name;
    const char *advice;
} alerts[] = {
    {0, "close_notify", NULL},
    {10, "unexpected_message", "--proxy"},
    {20, "bad_record_mac", "--proxy"},
    {22, "record_overflow", "--proxy"},
    {40, "handshake_failure", "--token-url"},
    {42, "bad_certificate", "client certificate"},
    {43, "unsupported_certificate", "client certificate"},
    {44, "certificate_revoked", "client certificate"},
    {45, "certificate_expired", "client certificate"},
    {46, "certificate_unknown", "client certificate"},
    {47, "illegal_parameter", "--proxy"},
    {48, "unknown_ca", "client certificate"},
    {49, "access_denied", "administrator"},
    {50, "decode_error", "--proxy"},
    {51, "decrypt_error", "--proxy"},
    {70, "protocol_version", "--version"},
    {71, "insufficient_security", "--token-url"},
    {80, "internal_error", "retry later"},
    {86, "inappropriate_fallback", NULL},
    {90, "user_canceled", NULL},
    {100, "no_renegotiation", NULL},
    {109, "missing_extension", "--proxy"},
    {110, "unsupported_extension", "--proxy"},
    {112, "unrecognized_name", "--resolve"},
    {113, "bad_certificate_status_response", NULL},
    {115, "unknown_psk_identity", NULL},
    {116, "certificate_required", "--token-url"},
    {120, "no_application_protocol", "--token-url"},
};

static void test_every_alert(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(alerts); i++) {
        const char *advice = alert_advice(alerts[i].number);
        assert_string_equal(alert_name(alerts[i].number), alerts[i].name);
        assert_true(strlen(advice) < PINETOKEN_ADVICE_CAPACITY);
        if (alerts[i].advice == NULL ? advice[0] != '\0'
                                     : strstr(advice, alerts[i].advice) == NULL) {
            fail_msg("%s: \"%s\"", alerts[i].name, advice);
        }
    }
}

/* Every other number, beyond a byte too. */
static void test_unknown(void **state) {
    (void)state;
    size_t known = 0;
    for (int number = -300; number < 600; number++) {
        if (strcmp(alert_name(number), "unknown") == 0) {
            assert_string_equal(alert_advice(number), "");
        } else {
            known++;
        }
    }
    assert_int_equal(known, COUNT(alerts));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_alert),
                                       cmocka_unit_test(test_unknown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
