#include "base/log.h"

#include "support/test.h"

static char seen[4096];
static int64_t seen_number;
static const char *expected_name;

static void note(void *user, const pinetoken_event *event) {
    assert_ptr_equal(user, seen);
    memcpy(seen, event->text.data, event->text.size);
    seen[event->text.size] = '\0';
    seen_number = event->number;
    assert_string_equal(event->name, expected_name);
    assert_true(event->what[0] != '\0');
}

static void test_text_is_escaped_and_cut(void **state) {
    (void)state;
    const struct log log = {note, seen, PINETOKEN_LOG_INFO};
    expected_name = "tcp.connected";
    log_event(&log, EVENT_TCP_CONNECTED, SPAN("a\nb"), 7);
    assert_string_equal(seen, "a\\x0ab");
    assert_int_equal(seen_number, 7);
    char text[600];
    memset(text, '\n', sizeof text);
    log_event(&log, EVENT_TCP_CONNECTED, (span){text, sizeof text}, 7);
    assert_int_equal(strlen(seen), 4 * 512 + 3);
    assert_string_equal(seen + 4 * 512 - 4, "\\x0a...");
}

static void test_level(void **state) {
    (void)state;
    const struct log log = {note, seen, PINETOKEN_LOG_INFO};
    seen[0] = '\0';
    log_event(&log, EVENT_TCP_ATTEMPT, SPAN("detail"), 7);
    assert_string_equal(seen, "");
    assert_false(log_wants(&log, PINETOKEN_LOG_TRACE));
    expected_name = "cache.damaged";
    log_event(&log, EVENT_CACHE_DAMAGED, SPAN("warning"), 7);
    assert_string_equal(seen, "warning");
}

static void test_no_log_is_silent(void **state) {
    (void)state;
    const struct log log = {.function = NULL, .level = PINETOKEN_LOG_TRACE};
    assert_false(log_wants(&log, PINETOKEN_LOG_WARN));
    log_event(&log, EVENT_TCP_CONNECTED, SPAN(""), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_escaped_and_cut),
        cmocka_unit_test(test_level),
        cmocka_unit_test(test_no_log_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
