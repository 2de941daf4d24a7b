#include "cli/options.h"

#include "support/test.h"

/* "a\0b\0" as argv, the program's name in front. */
static bool parse(const char *words, struct options *options, pinetoken_error *error) {
    /* What was parsed borrows from it. */
    static char copy[256];
    static char *argv[17];
    int argc = 1;
    char *at = copy + sizeof "pinetoken";
    argv[0] = memcpy(copy, "pinetoken", sizeof "pinetoken");
    for (const char *word = words; *word != '\0'; word += strlen(word) + 1) {
        argv[argc++] = strcpy(at, word);
        at += strlen(word) + 1;
    }
    argv[argc] = NULL;
    bool parsed = options_parse(options, argc, argv, error);
    options_free(options);
    return parsed;
}

static void test_defaults(void **state) {
    (void)state;
    struct options options;
    pinetoken_error error = {0};
    assert_true(parse("", &options, &error));
    assert_int_equal(options.command, COMMAND_TOKEN);
    assert_int_equal(options.timeout_ms, 30000);
    assert_int_equal(options.format, FORMAT_RAW);
    assert_int_equal(options.body, PINETOKEN_BODY_JSON);
    assert_int_equal(options.roots, PINETOKEN_ROOTS_AUTO);
}

static void test_network(void **state) {
    (void)state;
    struct options options;
    pinetoken_error error = {0};
    assert_true(parse("", &options, &error));
    assert_int_equal(options.retries, 3);
    assert_int_equal(options.connect_timeout_ms, 10000);
    assert_int_equal(options.wait_clock_ms, 0);
    assert_int_equal(options.family, PINETOKEN_FAMILY_ANY);
    assert_true(
        parse("-v6\0--retries=999\0--connect-timeout=.5\0--wait-clock=60\0", &options, &error));
    assert_int_equal(options.retries, 999);
    assert_int_equal(options.connect_timeout_ms, 500);
    assert_int_equal(options.wait_clock_ms, 60000);
    assert_int_equal(options.family, PINETOKEN_FAMILY_IPV6);
    assert_true(parse("-4\0--retries=0\0", &options, &error));
    assert_int_equal(options.retries, 0);
    assert_int_equal(options.family, PINETOKEN_FAMILY_IPV4);
}

static void test_exec(void **state) {
    (void)state;
    struct options options;
    pinetoken_error error = {0};
    assert_true(parse("-v\0exec\0--ca=system\0--\0--ca\0-x\0--\0", &options, &error));
    assert_int_equal(options.command, COMMAND_EXEC);
    assert_string_equal(options.values[OPTION_CA], "system");
    assert_string_equal(options.arguments[0], "--ca");
    assert_string_equal(options.arguments[2], "--");
    assert_null(options.arguments[3]);
    assert_true(parse("exec\0--help\0", &options, &error));
}

static void test_values(void **state) {
    (void)state;
    struct options options;
    pinetoken_error error = {0};
    assert_true(parse("token\0--client-id\0a\0--audience=b=c\0--format\0curl\0--body=form\0"
                      "--ca\0builtin\0-vq\0-v\0--log-format=json\0--header\0A: b\0--header=C: d\0",
                      &options, &error));
    assert_int_equal(options.format, FORMAT_CURL);
    assert_int_equal(options.body, PINETOKEN_BODY_FORM);
    assert_int_equal(options.roots, PINETOKEN_ROOTS_BUILTIN);
    assert_int_equal(options.counts[OPTION_VERBOSE], 2);
    assert_int_equal(options.counts[OPTION_QUIET], 1);
    assert_int_equal(options.counts[OPTION_HEADER], 2);
    assert_true(options.log_json);
}

static const struct {
    const char *text;
    int64_t ms; /* 0: refused */
} timeouts[] = {
    {"1", 1000},
    {"0.5", 500},
    {".5", 500},
    {"2.", 2000},
    {"1.0005", 1001},
    {"0.0001", 1},
    {"999999999", INT64_C(999999999000)},
    {"1000000000", 0},
    {"0", 0},
    {"0.0", 0},
    {"-1", 0},
    {"+1", 0},
    {"", 0},
    {".", 0},
    {"1s", 0},
    {"1,5", 0},
    {"1e3", 0},
    {" 1", 0},
    {"1.2.3", 0},
    {"inf", 0},
};

static void test_timeouts(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(timeouts); i++) {
        char words[64] = "--timeout";
        struct options options;
        pinetoken_error error = {0};
        /* An empty word would end the list. */
        (void)snprintf(words, sizeof words - 1, "--timeout=%s", timeouts[i].text);
        bool parsed = parse(words, &options, &error);
        if (parsed != (timeouts[i].ms > 0) || (parsed && options.timeout_ms != timeouts[i].ms)) {
            fail_msg("%s: %d %lld", timeouts[i].text, parsed, (long long)options.timeout_ms);
        }
    }
}

static const struct {
    const char *words;
    const char *why;
} refused[] = {
    {"--clinet-id\0a\0", "--clinet-id: unknown option (did you mean --client-id?"},
    {"--fromat=raw\0", "--fromat: unknown option (did you mean --format?"},
    {"--client-secert-file\0a\0", "did you mean --client-secret-file?"},
    {"--min-ttl=-1\0", "--min-ttl: not a positive number"},
    {"--min-ttl=soon\0", "--min-ttl: not a positive number"},
    {"--cache=a\0--no-cache\0", "--cache: given with --no-cache"},
    {"--cache=a\0--cache=b\0", "--cache: given twice"},
    {"--no-cache=1\0", "--no-cache: takes no value"},
    {"--cashe=a\0", "--cashe: unknown option (did you mean --cache?"},
    {"exec\0", "exec: what to run is missing"},
    {"exec\0--\0", "exec: what to run is missing"},
    {"exec\0true\0", "argument 2"},
    {"exec\0--format=raw\0--\0true\0", "--format: given with exec"},
    {"token\0--\0true\0", "--: unknown option"},
    {"--retrys\0"
     "1\0",
     "--retrys: unknown option (did you mean --retries?"},
    {"--retries=\0", "--retries: not a number from 0 to 999"},
    {"--retries=-1\0", "--retries: not a number"},
    {"--retries=1000\0", "--retries: not a number"},
    {"--retries=1x\0", "--retries: not a number"},
    {"--connect-timeout=0\0", "--connect-timeout: not a positive number of seconds"},
    {"--wait-clock=x\0", "--wait-clock: not a positive number of seconds"},
    {"-46\0", "-4: given with -6"},
    {"-4\0-4\0", "-4: given twice"},
    {"--proxy=p\0--no-proxy\0", "--proxy: given with --no-proxy"},
    {"--no-proxy=p\0", "--no-proxy: takes no value"},
    {"--proxy=p\0--proxy=p\0", "--proxy: given twice"},
    {"tokne\0", "argument 1: neither an option nor a command (did you mean token?"},
    {"token\0token\0", "argument 2"},
    {"-\0", "argument 1"},
    {"-x\0", "-x: unknown option"},
    {"-vx\0", "-x: unknown option"},
    {"--\0", "--: unknown option"},
    {"--client-id\0a\0--client-id\0a\0", "--client-id: given twice"},
    {"-q\0-q\0", "-q: given twice"},
    {"--client-id\0", "--client-id: its value is missing"},
    {"--format\0xml\0", "--format: not one of raw|json|header|env|curl"},
    {"--format=\0", "--format: not one of"},
    {"--format=ra\0", "--format: not one of"},
    {"--body=xml\0", "--body: not one of json|form"},
    {"--ca=none\0", "--ca: not one of auto|system|builtin"},
    {"--log-format=xml\0", "--log-format: not one of text|json"},
    {"--help=x\0", "--help: takes no value"},
    {"--client-secret\0hidden\0", "--client-secret: refused"},
    {"--client-secret=hidden\0", "--client-secret: refused"},
    {"--client-secret\0", "--client-secret: refused"},
    {"hidden\0", "argument 1"},
    {"--timeout=hidden\0", "--timeout"},
};

static void test_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct options options;
        pinetoken_error error = {0};
        if (parse(refused[i].words, &options, &error)) {
            fail_msg("%s", refused[i].words);
        }
        assert_int_equal(error.status, PINETOKEN_USAGE);
        assert_message(error, refused[i].why);
        assert_false(error_says(&error, "hidden"));
    }
}

/* Also when another option is wrong: its error is to come out in that format. */
static void test_log_format_of_an_error(void **state) {
    (void)state;
    struct options options;
    pinetoken_error error = {0};
    assert_false(parse("--log-format=json\0--bad\0", &options, &error));
    assert_true(options.log_json);
}

static void test_every_option_has_help(void **state) {
    (void)state;
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        assert_true(row->name[0] == '-');
        assert_true((option_help(row)[0] != '\0') == (i != OPTION_CLIENT_SECRET));
        assert_true(strlen(option_argument(row)) < 32 && strlen(option_help(row)) < 80);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_network),
        cmocka_unit_test(test_exec),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_timeouts),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_log_format_of_an_error),
        cmocka_unit_test(test_every_option_has_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
