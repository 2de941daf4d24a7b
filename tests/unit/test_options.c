#include "cli/options.h"

#include "support/test.h"

#include <signal.h>
#include <stdlib.h>

/* "a\0b\0" as argv, the program's name in front. */
static bool parse(const char *words, struct options *options, pinetoken_error *error) {
    /* What was parsed borrows from it. */
    static char copy[4096];
    static char *argv[200];
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
    {"1:", 0},
    {"1/", 0},
    {"1.:", 0},
    {"1./", 0},
    {":", 0},
    {"/", 0},
    {".:", 0},
    {"0.001", 1},
    {"0.999", 999},
    {"0.9999", 1000},
    {"0.00", 0},
    {"1.000", 1000},
    {"1.0000", 1000},
    {"1.00000001", 1001},
    {"00000001", 1000},
    {"000000001", 1000},
    {"0000000001", 0},
    {"19.25", 19250},
    {"1.25", 1250},
    {"0.09", 90},
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
    /* Names that are as long as is looked at, and longer. */
    {"--client-secret-file-abcdefghijk\0", "--client-secret-file-abcdefghijk: unknown option"},
    {"--client-secret-file-abcdefghijkl\0", "did you mean --client-secret-file?"},
    {"--client-secret-file-abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmno=x\0",
     "unknown option"},
    {"--client-secre\0", "did you mean --client-id?"},
    {"--verson\0", "did you mean --version?"},
    {"--xverbose-y\0", "unknown option (did you mean "},
    {"toke\0", "did you mean token?"},
    {"xec\0", "did you mean exec?"},
    {"gent\0", "did you mean agent?"},
    {"docter\0", "did you mean doctor?"},
    {"forgte\0", "did you mean forget?"},
    {"hepl\0", "did you mean help?"},
    {"apy\0", "did you mean api?"},
    {"-5\0", "-5: unknown option (did you mean -4?"},
    {"--\xff\x1b\0", "--??: unknown option"},
    {"-\xff\0", "-?: unknown option"},
    {"--cach\0", "--cach: unknown option"},
    {"--cachee=x\0", "--cachee: unknown option"},
    {"-vvx\0", "-x: unknown option"},
    {"--v\0", "--v: unknown option"},
    {"--retries=:\0", "--retries: not a number"},
    {"--retries=/\0", "--retries: not a number"},
    {"--retries=9:\0", "--retries: not a number"},
    {"--retries=0000\0", "--retries: not a number"},
    {"--wait-clock=0\0", "--wait-clock: not a positive number"},
    {"agent\0--out=f\0--mode=8\0", "--mode: not an octal mode"},
    {"agent\0--out=f\0--mode=/\0", "--mode: not an octal mode"},
    {"agent\0--out=f\0--mode=\0", "--mode: not an octal mode"},
    {"agent\0--out=f\0--mode=602\0", "--mode: not an octal mode"},
    {"agent\0--out=f\0--mode=1000\0", "--mode: not an octal mode"},
    {"agent\0--out=f\0--mode=-1\0", "--mode: not an octal mode"},
    {"agent\0--out=f\0--mode=0000000600\0", "--mode: not an octal mode"},
    {"agent\0--out=f\0--owner=\0", "--owner: not UID"},
    {"agent\0--out=f\0--owner=:\0", "--owner: not UID"},
    {"agent\0--out=f\0--owner=1:\0", "--owner: not UID"},
    {"agent\0--out=f\0--owner=:1\0", "--owner: not UID"},
    {"agent\0--out=f\0--owner=1:2:3\0", "--owner: not UID"},
    {"agent\0--out=f\0--owner=root\0", "--owner: not UID"},
    {"agent\0--out=f\0--owner=1/\0", "--owner: not UID"},
    {"agent\0--out=f\0--owner=1000000000\0", "--owner: not UID"},
    {"agent\0--out=f\0--signal=\0", "--signal: not SIG"},
    {"agent\0--out=f\0--signal=HUP\0", "--signal: not SIG"},
    {"agent\0--out=f\0--signal=HUP:\0", "--signal: not SIG"},
    {"agent\0--out=f\0--signal=:/p\0", "--signal: not SIG"},
    {"agent\0--out=f\0--signal=SIG:/p\0", "--signal: not SIG"},
    {"agent\0--out=f\0--signal=SIXHUP:/p\0", "--signal: not SIG"},
    {"agent\0--out=f\0--signal=XXXHUP:/p\0", "--signal: not SIG"},
    {"agent\0--out=f\0--signal=hup:/p\0", "--signal: not SIG"},
    {"agent\0--out=f\0--signal=HUPS:/p\0", "--signal: not SIG"},
    {"agent\0--out=f\0--signal=HU:/p\0", "--signal: not SIG"},
    {"agent\0--out=f\0--signal=0:/p\0", "--signal: not SIG"},
    {"agent\0--out=f\0--signal=65:/p\0", "--signal: not SIG"},
    {"agent\0--out=f\0--signal=-1:/p\0", "--signal: not SIG"},
    {"agent\0--out=f\0--signal=KILL:/p\0", "--signal: not SIG"},
    {"agent\0", "agent: the file to keep is missing"},
    {"agent\0--out=\0", "agent: the file to keep is missing"},
    {"agent\0--out=f\0--format=raw\0", "--format: given with agent"},
    {"agent\0--out=f\0--out-format=xml\0", "--out-format: not one of raw|json|header|env|curl"},
    {"agent\0--out=f\0--format=raw\0", "--out-format"},
    {"exec\0--format=raw\0--\0true\0", "which prints no token"},
    {"doctor\0--format=raw\0", "--format: given with doctor"},
    {"api\0", "api: what to call is missing"},
    {"api\0GET\0", "api: what to call is missing"},
    {"api\0GET\0path\0", "api: what to call is missing"},
    {"api\0GET\0/p\0more\0", "argument 4"},
    {"api\0GET\0/p\0token\0", "argument 4"},
    {"api\0POST\0/p\0--paginate\0", "--paginate: "},
    {"api\0GET\0/p\0--paginate\0--include\0", "--paginate: "},
    {"api\0GET\0/p\0--paginate\0--data=x\0", "--paginate: "},
    {"api\0GET\0/p?paginationToken=x\0--paginate\0", "--paginate: "},
    {"help\0token\0exec\0", "argument 3"},
    {"help\0hidden\0", "argument 2"},
    {"exec\0exec\0", "argument 2"},
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
        if (parse(refused[i].words, &options, &error) || !error_says(&error, refused[i].why)) {
            fail_msg("%s: %s (%s)", refused[i].words, error.message, error.advice);
        }
        assert_int_equal(error.status, PINETOKEN_USAGE);
        assert_message(error, refused[i].why);
        assert_false(error_says(&error, "hidden"));
    }
}

static void test_agent(void **state) {
    (void)state;
    static const struct {
        const char *words;
        unsigned mode;
        int64_t owner, group;
        int signal;
        const char *pid_file;
    } cases[] = {
        {"agent\0--out=f\0", 0600, -1, -1, 0, NULL},
        {"agent\0--out=f\0--mode=0\0", 0, -1, -1, 0, NULL},
        {"agent\0--out=f\0--mode=640\0", 0640, -1, -1, 0, NULL},
        {"agent\0--out=f\0--mode=000000775\0", 0775, -1, -1, 0, NULL},
        {"agent\0--out=f\0--mode=0775\0", 0775, -1, -1, 0, NULL},
        {"agent\0--out=f\0--mode=705\0", 0705, -1, -1, 0, NULL},
        {"agent\0--out=f\0--owner=0\0", 0600, 0, -1, 0, NULL},
        {"agent\0--out=f\0--owner=0:0\0", 0600, 0, 0, 0, NULL},
        {"agent\0--out=f\0--owner=1009:999999999\0", 0600, 1009, 999999999, 0, NULL},
        {"agent\0--out=f\0--signal=HUP:/p\0", 0600, -1, -1, 1, "/p"},
        {"agent\0--out=f\0--signal=SIGHUP:p:q\0", 0600, -1, -1, 1, "p:q"},
        {"agent\0--out=f\0--signal=1:/p\0", 0600, -1, -1, 1, "/p"},
        {"agent\0--out=f\0--signal=64:/p\0", 0600, -1, -1, 64, "/p"},
        {"agent\0--out=f\0--signal=WINCH:/p\0", 0600, -1, -1, SIGWINCH, "/p"},
        {"agent\0--out=f\0--signal=SIGWINCH:/p\0", 0600, -1, -1, SIGWINCH, "/p"},
        {"agent\0--out=f\0--signal=INT:/p\0", 0600, -1, -1, SIGINT, "/p"},
        {"agent\0--out=f\0--signal=QUIT:/p\0", 0600, -1, -1, SIGQUIT, "/p"},
        {"agent\0--out=f\0--signal=TERM:/p\0", 0600, -1, -1, SIGTERM, "/p"},
        {"agent\0--out=f\0--signal=USR1:/p\0", 0600, -1, -1, SIGUSR1, "/p"},
        {"agent\0--out=f\0--signal=USR2:/p\0", 0600, -1, -1, SIGUSR2, "/p"},
        {"agent\0--out=f\0--signal=CONT:/p\0", 0600, -1, -1, SIGCONT, "/p"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct options options;
        pinetoken_error error = {0};
        if (!parse(cases[i].words, &options, &error)) {
            fail_msg("case %zu: %s", i, error.message);
        }
        assert_int_equal(options.command, COMMAND_AGENT);
        assert_int_equal(options.mode, cases[i].mode);
        assert_int_equal(options.owner, cases[i].owner);
        assert_int_equal(options.group, cases[i].group);
        assert_int_equal(options.signal, cases[i].signal);
        if (cases[i].pid_file != NULL) {
            assert_string_equal(options.pid_file, cases[i].pid_file);
        }
    }
    struct options options;
    pinetoken_error error = {0};
    assert_true(parse("agent\0--out=f\0--out-format=env\0", &options, &error));
    assert_int_equal(options.format, FORMAT_ENV);
    assert_true(parse("agent\0--help\0", &options, &error));
    assert_true(parse("agent\0--version\0", &options, &error));
}

static void test_api(void **state) {
    (void)state;
    struct options options;
    pinetoken_error error = {0};
    assert_true(parse("-q\0api\0--include\0GET\0--data=x\0/p\0-v\0", &options, &error));
    assert_int_equal(options.command, COMMAND_API);
    assert_string_equal(options.method, "GET");
    assert_string_equal(options.path, "/p");
    assert_string_equal(options.values[OPTION_DATA], "x");
    assert_int_equal(options.counts[OPTION_VERBOSE], 1);
    assert_true(parse("api\0POST\0/p\0--data=x\0--include\0", &options, &error));
    assert_true(parse("api\0GET\0/p?x=y\0--paginate\0", &options, &error));
    /* A word of ours is a path like any other there. */
    assert_true(parse("api\0token\0/token\0", &options, &error));
    assert_string_equal(options.method, "token");
    assert_true(parse("api\0--help\0", &options, &error));
    assert_true(parse("api\0GET\0path\0--version\0", &options, &error));
    assert_true(parse("help\0agent\0", &options, &error));
    assert_int_equal(options.command, COMMAND_HELP);
    assert_string_equal(options.topic, "agent");
    assert_true(parse("help\0", &options, &error));
    assert_null(options.topic);
    assert_true(parse("doctor\0--json\0", &options, &error));
    assert_true(parse("--min-ttl=0\0--min-ttl=0\0", &options, &error) == false);
    assert_true(parse("--min-ttl=0\0", &options, &error));
    assert_int_equal(options.min_ttl_ms, 0);
    assert_true(parse("--min-ttl=7\0--cache=c\0", &options, &error));
    assert_int_equal(options.min_ttl_ms, 7000);
    assert_true(parse("--no-cache\0--proxy=p\0", &options, &error));
    assert_true(parse("--no-proxy\0", &options, &error));
}

/* What belongs to one command is refused with each other one. */
static void test_options_of_one_command(void **state) {
    (void)state;
    for (int option = OPTION_DATA; option <= OPTION_JSON; option++) {
        const enum command owner = option <= OPTION_PAGINATE ? COMMAND_API
                                   : option <= OPTION_CHECK  ? COMMAND_AGENT
                                                             : COMMAND_DOCTOR;
        for (int command = COMMAND_TOKEN; command <= COMMAND_HELP; command++) {
            static const char *const needed[] = {
                [COMMAND_API] = "GET", [COMMAND_AGENT] = "--out=f"};
            char words[128] = "";
            struct options options;
            pinetoken_error error = {0};
            size_t size = 0;
            const struct option_row *row = &option_rows[option];
            const bool has_value = option_argument(row)[0] != '\0';
            const char *value = option == OPTION_SIGNAL       ? "=HUP:/p"
                                : option == OPTION_OWNER      ? "=1"
                                : option == OPTION_MODE       ? "=600"
                                : option == OPTION_OUT_FORMAT ? "=raw"
                                                              : "=x";
            size +=
                (size_t)snprintf(words + size, sizeof words - size, "%s", command_names[command]) +
                1;
            if (command == COMMAND_API) {
                size +=
                    (size_t)snprintf(words + size, sizeof words - size, "%s", needed[command]) + 1;
                size += (size_t)snprintf(words + size, sizeof words - size, "/p") + 1;
            } else if (command == COMMAND_AGENT && option != OPTION_OUT) {
                size +=
                    (size_t)snprintf(words + size, sizeof words - size, "%s", needed[command]) + 1;
            }
            size += (size_t)snprintf(words + size, sizeof words - size, "%s%s", row->name,
                                     has_value ? value : "") +
                    1;
            if (command == COMMAND_EXEC) {
                memcpy(words + size, "--\0x", 5);
            }
            const bool parsed = parse(words, &options, &error);
            if (parsed != (command == (int)owner)) {
                fail_msg("%s with %s: %s", row->name, command_names[command], error.message);
            }
            if (!parsed) {
                assert_message(error, row->name);
                assert_message(error, command_names[owner]);
            }
        }
    }
}

/* All that is given of a list is in it, in its order, whatever else is given. */
static void test_lists(void **state) {
    (void)state;
    static const enum option listed[] = {OPTION_HEADER, OPTION_PIN, OPTION_RESOLVE};
    for (size_t l = 0; l < COUNT(listed); l++) {
        char text[150][32];
        char *argv[151] = {text[0]};
        struct options options;
        pinetoken_error error = {0};
        for (int i = 1; i < 150; i++) {
            (void)snprintf(text[i], sizeof text[i], "%s=%d", option_rows[listed[l]].name, i);
            argv[i] = text[i];
        }
        assert_true(options_parse(&options, 150, argv, &error));
        assert_int_equal(options.counts[listed[l]], 149);
        for (int i = 1; i < 150; i++) {
            assert_int_equal(strtol(options.lists[listed[l]][i - 1], NULL, 10), i);
        }
        assert_null(options.lists[listed[l]][149]);
        for (size_t other = 0; other < COUNT(listed); other++) {
            assert_true(other == l || options.lists[listed[other]][0] == NULL);
        }
        options_free(&options);
        assert_null(options.list_memory);
        assert_null(options.lists[listed[l]]);
    }
}

static void test_what_is_repeatable(void **state) {
    (void)state;
    for (int option = 0; option < OPTION_COUNT; option++) {
        const bool repeatable = option == OPTION_HEADER || option == OPTION_PIN ||
                                option == OPTION_RESOLVE || option == OPTION_VERBOSE;
        assert_int_equal(option_rows[option].repeatable, repeatable);
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
        cmocka_unit_test(test_agent),
        cmocka_unit_test(test_api),
        cmocka_unit_test(test_options_of_one_command),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_what_is_repeatable),
        cmocka_unit_test(test_every_option_has_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
