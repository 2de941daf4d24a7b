/* What an examination records, and how it is shown. */
#include "doctor/checks.h"
#include "doctor/view.h"
#include "support/test.h"

#include <sys/mman.h>
#include <unistd.h>

static struct report report;

static int setup(void **state) {
    (void)state;
    return report_init(&report) ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    report_wipe(&report);
    return 0;
}

static pinetoken_event event_of(pinetoken_phase phase, const char *name, span text,
                                int64_t number) {
    return (pinetoken_event){.level = PINETOKEN_LOG_INFO,
                             .phase = phase,
                             .name = name,
                             .what = "words",
                             .text = text,
                             .number = number};
}

static void test_steps_follow_phases(void **state) {
    static const struct {
        pinetoken_phase phase;
        enum doctor_step step;
    } cases[] = {
        {PINETOKEN_PHASE_NONE, DOCTOR_SANDBOX},  {PINETOKEN_PHASE_CLOCK, DOCTOR_SANDBOX},
        {PINETOKEN_PHASE_RESOLVE, DOCTOR_DNS},   {PINETOKEN_PHASE_DIAL, DOCTOR_TCP},
        {PINETOKEN_PHASE_DIAL, DOCTOR_TCP},      {PINETOKEN_PHASE_PROXY, DOCTOR_PROXY},
        {PINETOKEN_PHASE_HANDSHAKE, DOCTOR_TLS}, {PINETOKEN_PHASE_SEND, DOCTOR_HTTP},
        {PINETOKEN_PHASE_RECEIVE, DOCTOR_HTTP},  {PINETOKEN_PHASE_WAIT, DOCTOR_HTTP},
        {PINETOKEN_PHASE_RESOLVE, DOCTOR_DNS},
    };
    struct fact fact;
    (void)state;
    report_begin(&report, DOCTOR_SANDBOX);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const pinetoken_event event = event_of(cases[i].phase, "name", SPAN("text"), (int64_t)i);
        report_event(&report, &event);
        report_read(&report, i, &fact);
        assert_int_equal(report_visit(&report, fact.visit).step, cases[i].step);
        assert_string_equal(fact.name, "name");
        assert_string_equal(fact.what, "words");
        assert_string_equal(fact.text, "text");
        assert_int_equal(fact.number, i);
        assert_false(fact.is_warning);
    }
    /* Sandbox, and all others once, but resolving again. */
    assert_int_equal(report_visits(&report), 7);
}

static void test_readers_get_printable_text(void **state) {
    char text[600];
    struct fact fact;
    (void)state;
    memset(text, 'x', sizeof text);
    text[0] = '\033';
    text[1] = '\x7f';
    text[2] = '\xc3';
    report_begin(&report, DOCTOR_TLS);
    report_fact(&report, "tls.certificate", "certificate", (span){text, sizeof text}, -1);
    report_read(&report, 0, &fact);
    assert_int_equal(strlen(fact.text), sizeof fact.text - 1);
    assert_memory_equal(fact.text, "???xxx", 6);
    assert_int_equal(fact.number, -1);
}

static void test_a_full_record_takes_no_more(void **state) {
    struct fact fact;
    (void)state;
    report_fact(&report, "early", "before any step", SPAN(""), -1);
    assert_int_equal(report_facts(&report), 0);
    for (int i = 0; i < 1000; i++) {
        report_begin(&report, i % 2 == 0 ? DOCTOR_DNS : DOCTOR_TCP);
        report_fact(&report, "many", "", SPAN(""), i);
        report_warning(&report, "warning", SPAN("many"), "");
    }
    size_t facts = report_facts(&report);
    size_t visits = report_visits(&report);
    assert_true(facts >= 100 && facts < 1000);
    assert_true(visits >= 32 && visits < 1000);
    report_read(&report, facts - 1, &fact);
    assert_true(fact.visit < visits);
}

static void test_finding(void **state) {
    struct fact fact;
    (void)state;
    report_begin(&report, DOCTOR_DNS);
    report_fact(&report, "dns.address", "", SPAN("192.0.2.1"), -1);
    report_fact(&report, "dns.address", "", SPAN("192.0.2.2"), -1);
    report_begin(&report, DOCTOR_TCP);
    report_warning(&report, "odd", SPAN("message"), "advice");
    assert_true(report_find(&report, 0, "dns.address", &fact));
    assert_string_equal(fact.text, "192.0.2.2");
    assert_false(report_find(&report, 1, "dns.address", &fact));
    assert_false(report_find(&report, 0, "dns.addres", &fact));
    assert_false(report_has_warning(&report, 0));
    assert_true(report_has_warning(&report, 1));
    assert_true(report_find(&report, 1, "odd", &fact));
    assert_string_equal(fact.text, "message");
    assert_string_equal(fact.advice, "advice");
}

/* The step that an error belongs to: that of its phase if that is later, or the issuer's. */
static void test_failed_step(void **state) {
    static const struct {
        pinetoken_phase phase;
        int http_status;
        enum doctor_step step;
    } cases[] = {
        {PINETOKEN_PHASE_NONE, 0, DOCTOR_DNS},
        {PINETOKEN_PHASE_HANDSHAKE, 0, DOCTOR_TLS},
        {PINETOKEN_PHASE_RECEIVE, 401, DOCTOR_OAUTH},
        {PINETOKEN_PHASE_PROXY, 407, DOCTOR_PROXY},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const pinetoken_error error = {.status = PINETOKEN_NETWORK,
                                       .phase = cases[i].phase,
                                       .http_status = cases[i].http_status};
        report_wipe(&report);
        assert_true(report_init(&report));
        report_begin(&report, DOCTOR_DNS);
        report_end(&report, &error);
        assert_int_equal(report_visit(&report, report_visits(&report) - 1).step, cases[i].step);
        assert_ptr_equal(report.failure, &error);
        assert_true(report.has_ended);
    }
}

/* ---- as text --------------------------------------------------------------------------------- */

static char shown[8192];

static void show(size_t width, bool is_detailed) {
    int out = memfd_create("shown", 0);
    struct view view;
    assert_true(out >= 0);
    view_init(&view, &report, out, is_detailed);
    assert_int_equal(view.width, 0);
    view.width = width;
    view_update(&view);
    assert_int_equal(view.failed, 0);
    ssize_t size = pread(out, shown, sizeof shown - 1, 0);
    assert_true(size >= 0);
    shown[size] = '\0';
    assert_int_equal(close(out), 0);
    /* Times are what they are. */
    for (char *at = strstr(shown, " ms"); at != NULL; at = strstr(at + 1, " ms")) {
        char *digit = at - 1;
        for (; digit >= shown && *digit >= '0' && *digit <= '9'; digit--) {
            *digit = ' ';
        }
        at[-1] = digit < at - 1 ? '0' : at[-1];
    }
    char *end = strstr(shown, "\nwhere the time went");
    if (end != NULL) {
        *end = '\0';
    }
}

static void test_a_line_a_step(void **state) {
    (void)state;
    report_begin(&report, DOCTOR_DNS);
    report_fact(&report, "dns.lookup", "resolving", SPAN("issuer.test"), -1);
    report_fact(&report, "dns.address", "address", SPAN("192.0.2.1"), -1);
    report_fact(&report, "dns.address", "address", SPAN("192.0.2.2"), -1);
    report_begin(&report, DOCTOR_TCP);
    report_begin(&report, DOCTOR_OAUTH);
    report_fact(&report, "oauth.expires_in", "a token", SPAN(""), 1800);
    report_warning(&report, "odd", SPAN("it is odd"), "make it even");
    report_end(&report, NULL);
    show(0, false);
    assert_string_equal(shown, "ok   dns              0 ms  issuer.test, 2 addresses\n"
                               "ok   tcp              0 ms\n"
                               "warn oauth            0 ms  a token for 1800 s\n"
                               "     it is odd\n"
                               "     what to do: make it even\n");
    show(0, true);
    assert_non_null(strstr(shown, "addresses\n"
                                  "          0 ms  resolving issuer.test\n"
                                  "          0 ms  address 192.0.2.1\n"));
    assert_non_null(strstr(shown, "          0 ms  a token 1800\n     it is odd\n"));
}

static void test_failure(void **state) {
    pinetoken_error error = {.status = PINETOKEN_TLS,
                             .phase = PINETOKEN_PHASE_HANDSHAKE,
                             .message = "certificate: not for this host",
                             .advice = "check the URL"};
    (void)state;
    report_begin(&report, DOCTOR_TCP);
    report_fact(&report, "tcp.connected", "connected to", SPAN("192.0.2.1"), -1);
    report_begin(&report, DOCTOR_TLS);
    report_fact(&report, "tls.roots", "roots", SPAN("built in"), -1);
    report_end(&report, &error);
    show(0, false);
    assert_string_equal(shown, "ok   tcp              0 ms  192.0.2.1\n"
                               "FAIL tls              0 ms\n"
                               "     certificate: not for this host\n"
                               "     what to do: check the URL\n"
                               "          0 ms  roots built in\n");
    error.advice[0] = '\0';
    show(0, false);
    assert_null(strstr(shown, "what to do"));
}

/* On a terminal: cut or broken before its last column. */
static void test_width(void **state) {
    char message[200];
    (void)state;
    memset(message, 'x', sizeof message);
    message[30] = message[60] = ' ';
    report_begin(&report, DOCTOR_DNS);
    report_fact(&report, "dns.lookup", "resolving",
                SPAN("a-name-that-is-too-long-for-the-line-of-a-terminal.issuer.test"), -1);
    report_warning(&report, "odd", (span){message, sizeof message}, "");
    report_end(&report, NULL);
    for (size_t width = 40; width <= 80; width++) {
        show(width, true);
        size_t lines = 0;
        for (char *line = strtok(shown, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            size_t size = strlen(line) - (strncmp(line, "\r\033[K", 4) == 0 ? 4 : 0);
            assert_true(size < width);
            lines++;
        }
        assert_true(lines >= 4);
    }
}

static void test_live(void **state) {
    (void)state;
    report_begin(&report, DOCTOR_DNS);
    show(80, false);
    assert_string_equal(shown, "\r\033[K...  dns              0 ms");
    show(0, false);
    assert_string_equal(shown, "");
    report_begin(&report, DOCTOR_TCP);
    show(80, false);
    assert_string_equal(shown, "\r\033[Kok   dns              0 ms\n"
                               "\r\033[K...  tcp              0 ms");
    show(0, false);
    assert_string_equal(shown, "ok   dns              0 ms\n");
}

/* ---- what is about to go wrong --------------------------------------------------------------- */

#define DAY INT64_C(86400)

static void check_event(const char *name, span text, int64_t now) {
    struct checks checks;
    checks_init(&checks, &report);
    checks.now = now;
    checks.valid_from = 0;
    const pinetoken_event event = event_of(PINETOKEN_PHASE_HANDSHAKE, name, text, -1);
    checks_event(&checks, &event);
}

static bool has_warned(void) {
    bool has = report_has_warning(&report, 0);
    report_wipe(&report);
    assert_true(report_init(&report));
    report_begin(&report, DOCTOR_TLS);
    return has;
}

static void test_certificates(void **state) {
    /* 2026-11-24 00:00 UTC */
    const int64_t until = INT64_C(1795478400);
    const span text = SPAN("2026-11-24 13:05 UTC");
    (void)state;
    report_begin(&report, DOCTOR_TLS);
    check_event("tls.valid_until", text, until - 14 * DAY);
    assert_false(has_warned());
    check_event("tls.valid_until", text, until - 14 * DAY + 1);
    assert_true(has_warned());
    check_event("tls.valid_until", text, until);
    assert_true(has_warned());
    /* It has failed already. */
    check_event("tls.valid_until", text, until + 1);
    assert_false(has_warned());
    check_event("tls.valid_until", SPAN("2026-11-2"), until - DAY);
    assert_false(has_warned());
    check_event("tls.valid_until", SPAN("2026-11-2x 13:05 UTC"), until - DAY);
    assert_false(has_warned());
}

/* One of a few days is renewed in the last third of them. */
static void test_short_lived_certificates(void **state) {
    const int64_t until = INT64_C(1795478400);
    struct checks checks;
    (void)state;
    report_begin(&report, DOCTOR_TLS);
    for (int left = 1; left <= 3; left++) {
        const pinetoken_event from =
            event_of(PINETOKEN_PHASE_HANDSHAKE, "tls.valid_from", SPAN("2026-11-18 00:00 UTC"), -1);
        const pinetoken_event to = event_of(PINETOKEN_PHASE_HANDSHAKE, "tls.valid_until",
                                            SPAN("2026-11-24 00:00 UTC"), -1);
        checks_init(&checks, &report);
        checks.now = until - left * DAY;
        checks_event(&checks, &from);
        checks_event(&checks, &to);
        assert_int_equal(has_warned(), left < 2);
    }
}

static void test_roots_and_program(void **state) {
    struct checks checks;
    (void)state;
    report_begin(&report, DOCTOR_TLS);
    const int64_t later = INT64_C(4102444800); /* 2100 */
    check_event("tls.roots", SPAN("built in"), later);
    assert_true(has_warned());
    check_event("tls.roots", SPAN("/etc/ssl/certs"), later);
    assert_false(has_warned());
    check_event("tls.roots", SPAN("built in"), 0);
    assert_false(has_warned());
    checks_init(&checks, &report);
    checks_program(&checks);
    checks_clock(&checks);
    assert_false(has_warned());
    checks.now = later;
    checks_program(&checks);
    assert_true(has_warned());
    checks.now = 0;
    checks_clock(&checks);
    assert_true(has_warned());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_steps_follow_phases, setup, teardown),
        cmocka_unit_test_setup_teardown(test_readers_get_printable_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_full_record_takes_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(test_finding, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failed_step, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_line_a_step, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failure, setup, teardown),
        cmocka_unit_test_setup_teardown(test_width, setup, teardown),
        cmocka_unit_test_setup_teardown(test_live, setup, teardown),
        cmocka_unit_test_setup_teardown(test_certificates, setup, teardown),
        cmocka_unit_test_setup_teardown(test_short_lived_certificates, setup, teardown),
        cmocka_unit_test_setup_teardown(test_roots_and_program, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
