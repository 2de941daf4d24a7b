#include "cli/options.h"

#include "support/guard.h"
#include "support/test.h"

#include <signal.h>
#include <stdlib.h>

/* "a\0b\0" as argv, the program's name in front; "C=d\0" as the environment. */
static bool parse_with(const char *words, const char *variables, struct options *options,
                       pinetoken_error *error) {
    /* What was parsed borrows from it. */
    static char copy[512];
    static char *argv[17];
    static char *environment[17];
    int argc = 1;
    int count = 0;
    char *at = copy + sizeof "pinetoken";
    argv[0] = memcpy(copy, "pinetoken", sizeof "pinetoken");
    for (const char *word = words; *word != '\0'; word += strlen(word) + 1) {
        argv[argc++] = strcpy(at, word);
        at += strlen(word) + 1;
    }
    argv[argc] = NULL;
    for (const char *entry = variables; *entry != '\0'; entry += strlen(entry) + 1) {
        environment[count++] = strcpy(at, entry);
        at += strlen(entry) + 1;
    }
    environment[count] = NULL;
    return options_parse(options, argc, argv, environment, error);
}

static bool parse(const char *words, struct options *options, pinetoken_error *error) {
    bool parsed = parse_with(words, "", options, error);
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
    /* Only what takes several values has a list. */
    char *argv[] = {"", "-v", "--format=raw", "--pin=a", NULL};
    assert_true(options_parse(&options, 4, argv, (char *[]){NULL}, &error));
    assert_null(options.lists[OPTION_VERBOSE]);
    assert_null(options.lists[OPTION_FORMAT]);
    assert_string_equal(options.lists[OPTION_PIN][0], "a");
    options_free(&options);
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
    {"0000000001", 1000},
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
    {"--clinet-id\0a\0", "--clinet-id: unknown option (did you mean --client-id?)"},
    {"--client-secre\0", "(did you mean --client-secret-file?)"},
    {"--verson\0", "(did you mean --version?)"},
    {"--xverbose-y\0", "(see pinetoken help token)"},
    {"toke\0", "(did you mean token?)"},
    {"xec\0", "(did you mean exec?)"},
    {"gent\0", "(did you mean agent?)"},
    {"docter\0", "(did you mean doctor?)"},
    {"forgte\0", "(did you mean forget?)"},
    {"hepl\0", "(did you mean help?)"},
    {"apy\0", "(did you mean api?)"},
    {"-5\0", "-5: unknown option (see pinetoken help token)"},
    {"--\xff\x1b\0", "--\\xff\\x1b: unknown option"},
    {"-\xff\0", "-\\xff: unknown option"},
    {"-vvx\0", "-x: unknown option"},
    {"--metrisc\0", "--metrisc: unknown option (see pinetoken help token)"},
    {"--v\0", "--v: unknown option (did you mean -v?)"},
    {"--retries=:\0", "--retries: not a number"},
    {"--retries=/\0", "--retries: not a number"},
    {"--retries=9:\0", "--retries: not a number"},
    {"--fromat=raw\0", "--fromat: unknown option (did you mean --format?)"},
    {"--client-secert-file\0a\0", "did you mean --client-secret-file?)"},
    {"--client-secret-f\0a\0", "did you mean --client-secret-file?)"},
    {"--min-ttl=-1\0",
     "--min-ttl: not a positive number of seconds, or over 999999999 (like 30 or 2.5)"},
    {"--timeout=1000000000\0", "--timeout: not a positive number of seconds, or over 999999999"},
    {"--min-ttl=soon\0", "--min-ttl: not a positive number"},
    {"--cache=a\0--no-cache\0", "--cache: given with --no-cache (give one of them)"},
    {"--cache=a\0--cache=b\0", "--cache: not a file and the URL of one server"},
    {"--cache=redis://h\0--cache=b\0", "--cache: not a file and the URL of one server"},
    {"--cache=a\0--cache=redis://h\0--cache=c\0", "--cache: not a file and"},
    {"--cache=\0", "--cache: empty (name a file, or use --no-cache)"},
    {"--cache=\0--cache=redis://h\0", "--cache: empty"},
    {"agent\0--out=a\0--metrics=\0", "--metrics: empty (name a file)"},
    {"--no-cache=1\0", "--no-cache: takes no value"},
    {"--cashe=a\0", "--cashe: unknown option (did you mean --cache?)"},
    {"exec\0", "exec: the program to run is missing (pinetoken exec [OPTIONS] -- CMD [ARG...])"},
    {"exec\0--\0", "exec: the program to run is missing"},
    {"exec\0true\0", "argument 2: unexpected (pinetoken exec [OPTIONS] -- CMD [ARG...])"},
    {"--\0exec\0true\0", "--: unknown option (see pinetoken help exec)"},
    {"token\0--\0true\0", "--: unknown option (see pinetoken help token)"},
    {"--retrys\0"
     "1\0",
     "--retrys: unknown option (did you mean --retries?)"},
    {"--retries=\0", "--retries: not a number from 0 to 999"},
    {"--retries=-1\0", "--retries: not a number from 0 to 999"},
    {"--retries=1000\0", "--retries: not a number"},
    {"--retries=1x\0", "--retries: not a number"},
    {"--connect-timeout=0\0", "--connect-timeout: not a positive number of seconds"},
    {"--wait-clock=x\0", "--wait-clock: not a positive number of seconds"},
    {"-46\0", "-4: given with -6 (give one of them)"},
    {"-4\0-4\0", "-4: given twice"},
    {"--proxy=p\0--no-proxy\0", "--proxy: given with --no-proxy"},
    {"--no-proxy=p\0", "--no-proxy: takes no value"},
    {"--proxy=p\0--proxy=p\0", "--proxy: given twice"},
    {"tokne\0", "argument 1: not a command (did you mean token?)"},
    {"ask\0", "argument 1: not a command (see pinetoken help)"},
    {"help\0tokne\0", "argument 2: not a command (did you mean token?)"},
    {"help\0ask\0", "argument 2: not a command (see pinetoken help)"},
    {"help\0token\0token\0", "argument 3: unexpected (see pinetoken help help)"},
    {"help\0--format=raw\0", "--format: not valid with \"help\" (see pinetoken help help)"},
    {"token\0token\0", "argument 2: unexpected (see pinetoken help token)"},
    {"token\0refresh\0", "argument 2: unexpected (did you mean --refresh?)"},
    {"api\0GET\0/a\0b\0", "argument 4: unexpected (see pinetoken help api)"},
    {"-\0", "argument 1"},
    {"-x\0", "-x: unknown option (see pinetoken help token)"},
    {"-k\0", "-k: unknown option (see pinetoken help token)"},
    {"-vx\0", "-x: unknown option (see pinetoken help token)"},
    {"-refresh\0", "-r: unknown option (did you mean --refresh?)"},
    {"--\0", "--: unknown option (see pinetoken help token)"},
    {"---\0", "---: unknown option (see pinetoken help token)"},
    {"--\x80=a\0", "--\\x80: unknown option"},
    {"--scope\0a\0", "--scope: unknown option (see pinetoken help token)"},
    {"agent\0--scope\0a\0", "--scope: unknown option (see pinetoken help agent)"},
    {"--insecure\0api\0", "--insecure: unknown option (see pinetoken help api)"},
    {"--out-format=raw\0", "--out-format: not valid with \"token\" (use --format)"},
    {"agent\0--format=raw\0", "--format: not valid with \"agent\" (use --out-format)"},
    {"--format\0raw\0exec\0--\0a\0", "--format: not valid with \"exec\" (see pinetoken help exec)"},
    {"--data\0a\0", "--data: not valid with \"token\" (see pinetoken help token)"},
    {"doctor\0--refresh\0", "--refresh: not valid with \"doctor\""},
    {"forget\0--min-ttl=1\0", "--min-ttl: not valid with \"forget\""},
    {"--json\0", "--json: not valid with \"token\" (use --format)"},
    {"doctor\0--format=json\0", "--format: not valid with \"doctor\" (use --json)"},
    {"--client-id\0a\0--client-id\0a\0", "--client-id: given twice (give it once)"},
    {"-q\0-q\0", "-q: given twice"},
    {"--client-id\0", "--client-id: value is missing (--client-id ID)"},
    {"--format\0xml\0", "--format: not one of raw|json|header|env|curl"},
    {"--format=\0", "--format: not one of"},
    {"--format=ra\0", "--format: not one of"},
    {"--format=curl|\0", "--format: not one of"},
    {"--body=xml\0", "--body: not one of json|form"},
    {"--ca=none\0", "--ca: not one of auto|system|builtin"},
    {"--log-format=xml\0", "--log-format: not one of text|json"},
    {"--help=x\0", "--help: takes no value"},
    {"--client-secret\0hidden\0", "--client-secret: refused"},
    {"--client-secret=hidden\0", "--client-secret: refused"},
    {"--client-secret\0", "--client-secret: refused"},
    {"help\0--client-secret\0", "--client-secret: refused"},
    {"hidden\0", "argument 1"},
    {"token\0hidden\0", "argument 2"},
    {"--timeout=hidden\0", "--timeout"},
    {"--bad=hidden\0", "--bad"},
    {"agent\0", "agent: the output file is missing (give --out FILE)"},
    {"agent\0--out=\0", "agent: the output file is missing"},
    {"agent\0--out=a\0--\0", "agent: no command after --, or --run beside it"},
    {"agent\0--out=a\0--run=a\0--\0b\0", "agent: no command after --, or --run beside it"},
    {"agent\0--out=a\0--mode=\0", "--mode: not an octal mode like 0640"},
    {"agent\0--out=a\0--mode=0602\0", "--mode: not an octal mode"},
    {"agent\0--out=a\0--mode=1600\0", "--mode: not an octal mode"},
    {"agent\0--out=a\0--mode=8\0", "--mode: not an octal mode"},
    {"agent\0--out=a\0--mode=/\0", "--mode: not an octal mode"},
    {"agent\0--out=a\0--mode=1000\0", "--mode: not an octal mode"},
    {"agent\0--out=a\0--mode=-1\0", "--mode: not an octal mode"},
    {"agent\0--out=a\0--mode= 600\0", "--mode: not an octal mode"},
    {"agent\0--out=a\0--owner=:\0", "--owner: not UID"},
    {"agent\0--out=a\0--owner=1/\0", "--owner: not UID"},
    {"agent\0--out=a\0--signal=\0", "--signal: not SIG"},
    {"agent\0--out=a\0--signal=:/p\0", "--signal: not SIG"},
    {"agent\0--out=a\0--signal=SIXHUP:/p\0", "--signal: not SIG"},
    {"agent\0--out=a\0--signal=XXXHUP:/p\0", "--signal: not SIG"},
    {"agent\0--out=a\0--signal=hup:/p\0", "--signal: not SIG"},
    {"agent\0--out=a\0--signal=HUPS:/p\0", "--signal: not SIG"},
    {"agent\0--out=a\0--signal=HU:/p\0", "--signal: not SIG"},
    {"agent\0--out=a\0--signal=-1:/p\0", "--signal: not SIG"},
    {"agent\0--out=a\0--signal=KILL:/p\0", "--signal: not SIG"},
    {"agent\0--out=a\0--out-format=xml\0", "--out-format: not one of raw|json|header|env|curl"},
    {"api\0GET\0/p\0token\0", "argument 4"},
    {"help\0hidden\0", "argument 2"},
    {"exec\0exec\0", "argument 2"},
    {"agent\0--out=a\0--mode=068\0", "--mode: not an octal mode"},
    {"agent\0--out=a\0--owner=\0", "--owner: not UID or UID:GID in numbers (like 1000:1000)"},
    {"agent\0--out=a\0--owner=1:\0", "--owner: not UID"},
    {"agent\0--out=a\0--owner=:1\0", "--owner: not UID"},
    {"agent\0--out=a\0--owner=root\0", "--owner: not UID"},
    {"agent\0--out=a\0--owner=4294967295\0", "--owner: not UID"},
    {"agent\0--out=a\0--owner=1:2:3\0", "--owner: not UID"},
    {"agent\0--out=a\0--signal=HUP\0", "--signal: not SIG:PIDFILE (like HUP:/run/nginx.pid)"},
    {"agent\0--out=a\0--signal=HUP:\0", "--signal: not SIG:PIDFILE"},
    {"agent\0--out=a\0--signal=FOO:a\0", "--signal: not SIG:PIDFILE"},
    {"agent\0--out=a\0--signal=SIG:a\0", "--signal: not SIG:PIDFILE"},
    {"agent\0--out=a\0--signal=0:a\0", "--signal: not SIG:PIDFILE"},
    {"agent\0--out=a\0--signal=65:a\0", "--signal: not SIG:PIDFILE"},
    {"api\0", "api: METHOD or PATH is missing (pinetoken api METHOD PATH, like pinetoken api GET "},
    {"api\0GET\0", "api: METHOD or PATH is missing"},
    {"api\0GET\0admin\0", "api: PATH does not start with a slash (put one in front of it"},
    {"api\0get\0/\0", "method: has lower-case letters (write it in capitals"},
    {"api\0TRACE\0/\0", "method: CONNECT and TRACE are never sent"},
    /* A word of ours is a method like any other there. */
    {"api\0token\0/token\0", "method: has lower-case letters"},
    {"api\0POST\0/a\0--paginate\0", "--paginate: only for GET"},
    {"api\0GET\0/a\0--paginate\0--include\0", "--paginate: only for GET"},
    {"api\0GET\0/a\0--paginate\0--data=1\0", "--paginate: only for GET"},
    {"api\0GET\0/a?paginationToken=x\0--paginate\0", "--paginate: only for GET"},
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

/* The name is shown up to a limit, and looked for up to another one. */
static void test_long_names(void **state) {
    (void)state;
    for (size_t size = 1; size < 120; size++) {
        char words[128] = "--";
        char shown[64] = "--";
        struct options options;
        pinetoken_error error = {0};
        memset(words + 2, 'x', size);
        memset(shown + 2, 'x', size < 30 ? size : 30);
        strcat(shown, size <= 30 ? ": unknown" : "...: unknown");
        assert_false(parse(words, &options, &error));
        assert_message(error, shown);
        assert_message(error, "(see pinetoken help token)");
        /* The same with bytes that are shown as four letters each. */
        memset(words + 2, '\xff', size);
        assert_false(parse(words, &options, &error));
        size_t escapes = 0;
        for (const char *at = error.message; (at = strstr(at, "\\xff")) != NULL; at++) {
            escapes++;
        }
        assert_int_equal(escapes, size < 30 ? size : 30);
        assert_message(error, size <= 30 ? "xff: unknown" : "xff...: unknown");
    }
}

/* Also if another option is wrong: its error must be in that format. */
static void test_log_format_of_an_error(void **state) {
    (void)state;
    struct options options;
    pinetoken_error error = {0};
    assert_false(parse("--log-format=json\0--bad\0", &options, &error));
    assert_true(options.log_json);
    assert_false(parse_with("--bad\0", "PINETOKEN_LOG_FORMAT=json\0", &options, &error));
    assert_true(options.log_json);
    options_free(&options);
}

static const struct {
    const char *words;
    enum command topic;
} topics[] = {
    {"help\0", COMMAND_COUNT},        {"--help\0", COMMAND_COUNT},
    {"-h\0", COMMAND_COUNT},          {"-vh\0", COMMAND_COUNT},
    {"help\0token\0", COMMAND_TOKEN}, {"token\0-h\0", COMMAND_TOKEN},
    {"-h\0agent\0", COMMAND_AGENT},   {"agent\0--help\0", COMMAND_AGENT},
    {"api\0-h\0", COMMAND_API},       {"exec\0--help\0", COMMAND_EXEC},
    {"help\0-h\0", COMMAND_HELP},     {"help\0exec\0-h\0", COMMAND_EXEC},
    {"forget\0-V\0", COMMAND_COUNT},  {"agent\0--mode=x\0-h\0", COMMAND_AGENT},
};

static void test_help(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(topics); i++) {
        struct options options;
        pinetoken_error error = {0};
        assert_true(parse_with(topics[i].words, "PINETOKEN_REFRESH=x\0", &options, &error));
        assert_true(options_ask_help(&options));
        assert_int_equal(options.topic, topics[i].topic);
        options_free(&options);
    }
}

/* Options may stand before the command, and their values are not commands. */
static void test_command(void **state) {
    (void)state;
    struct options options;
    pinetoken_error error = {0};
    assert_true(parse("--client-id\0agent\0-v\0--ca=system\0doctor\0--json\0", &options, &error));
    assert_int_equal(options.command, COMMAND_DOCTOR);
    assert_true(parse("--data\0{}\0api\0POST\0/a\0--include\0", &options, &error));
    assert_int_equal(options.command, COMMAND_API);
    assert_string_equal(options.method, "POST");
    assert_string_equal(options.path, "/a");
    assert_string_equal(options.values[OPTION_DATA], "{}");
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
        {"agent\0--out=f\0--mode=0000000775\0", 0775, -1, -1, 0, NULL},
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
    assert_true(parse("agent\0--out=f\0--owner=4294967294\0", &options, &error));
    assert_int_equal(options.owner, 4294967294);
    assert_true(parse("agent\0--help\0", &options, &error));
    assert_true(parse("agent\0--version\0", &options, &error));
}

/* Nothing is read after the end of an argument. */
static void test_end_of_an_argument(void **state) {
    (void)state;
    static const char *const last[] = {
        "--signal=HUP", "--owner=1", "--mode=600", "--signal=", "--out=", "--bad", "--bad=", "-"};
    for (size_t i = 0; i < COUNT(last); i++) {
        const span text = {last[i], strlen(last[i]) + 1};
        char *copy = guard_copy(text);
        char *argv[] = {"", "agent", "--out=f", copy, NULL};
        struct options options;
        pinetoken_error error = {0};
        const bool parsed = options_parse(&options, 4, argv, (char *[]){NULL}, &error);
        assert_int_equal(parsed, i == 1 || i == 2);
        options_free(&options);
        guard_free(copy, text.size);
    }
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
    assert_true(parse("api\0--help\0", &options, &error));
    assert_true(parse("api\0GET\0path\0--version\0", &options, &error));
    assert_true(parse("help\0agent\0", &options, &error));
    assert_int_equal(options.command, COMMAND_HELP);
    assert_int_equal(options.topic, COMMAND_AGENT);
    assert_true(parse("help\0", &options, &error));
    assert_int_equal(options.topic, COMMAND_COUNT);
    assert_true(parse("doctor\0--json\0", &options, &error));
    assert_true(parse("--min-ttl=0\0--min-ttl=0\0", &options, &error) == false);
    assert_true(parse("--min-ttl=0\0", &options, &error));
    assert_int_equal(options.min_ttl_ms, 0);
    assert_true(parse("--min-ttl=7\0--cache=c\0", &options, &error));
    assert_int_equal(options.min_ttl_ms, 7000);
    assert_true(parse("--no-cache\0--proxy=p\0", &options, &error));
    assert_true(parse("--cache=a\0--cache=redis://h\0", &options, &error));
    assert_true(parse("agent\0--out=a\0--\0b\0", &options, &error));
    assert_true(parse("--no-proxy\0", &options, &error));
}

/* All that is given of a list is in it, in its order, whatever else is given. */
static void test_long_lists(void **state) {
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
        assert_true(options_parse(&options, 150, argv, (char *[]){NULL}, &error));
        assert_int_equal(options.counts[listed[l]], 149);
        for (int i = 1; i < 150; i++) {
            assert_int_equal(strtol(options.lists[listed[l]][i - 1], NULL, 10), i);
        }
        assert_null(options.lists[listed[l]][149]);
        for (size_t other = 0; other < COUNT(listed); other++) {
            assert_true(other == l || options.lists[listed[other]] == NULL);
        }
        options_free(&options);
        assert_null(options.lists[listed[l]]);
    }
}

/* Each option with each command: accepted according to the mask, refused with the name of the
 * command. */
static void test_commands_of_each_option(void **state) {
    (void)state;
    for (enum option option = 0; option < OPTION_COUNT; option++) {
        for (enum command command = 0; command < COMMAND_COUNT; command++) {
            char name[64];
            char own[] = "--out=f";
            char *argv[] = {"", (char *)command_rows[command].name, name, NULL, NULL, NULL};
            struct options options;
            pinetoken_error error = {0};
            const char *value = option == OPTION_SIGNAL  ? "HUP:/p"
                                : option == OPTION_OWNER ? "1"
                                : option == OPTION_MODE  ? "600"
                                                         : "7";
            span choices = span_text(option_rows[option].argument);
            int size = snprintf(name, sizeof name, "%s", option_rows[option].name);
            if (option_rows[option].value == VALUE_CHOICE) {
                (void)snprintf(name + size, sizeof name - (size_t)size, "=%.*s",
                               (int)span_find(choices, '|'), choices.data);
            } else if (option_takes_value(option)) {
                (void)snprintf(name + size, sizeof name - (size_t)size, "=%s", value);
            }
            int argc = 3;
            if (command == COMMAND_API) {
                argv[argc++] = "GET";
                argv[argc++] = "/p";
            } else if (command == COMMAND_EXEC) {
                argv[argc++] = "--";
                argv[argc++] = "x";
            } else if (command == COMMAND_AGENT && option != OPTION_OUT) {
                argv[argc++] = own;
            }
            bool parsed = options_parse(&options, argc, argv, (char *[]){NULL}, &error);
            options_free(&options);
            bool wanted = option_is_taken(option, command) && option != OPTION_CLIENT_SECRET;
            if (parsed != wanted) {
                fail_msg("%s with %s: %s", name, command_rows[command].name, error.message);
            }
            if (!parsed && option != OPTION_CLIENT_SECRET) {
                assert_message(error, option_rows[option].name);
                assert_message(error, "not valid with");
                assert_message(error, command_rows[command].name);
            }
        }
    }
}

static void test_what_is_repeatable(void **state) {
    (void)state;
    for (enum option option = 0; option < OPTION_COUNT; option++) {
        const bool repeatable = option == OPTION_HEADER || option == OPTION_CACHE ||
                                option == OPTION_PIN || option == OPTION_RESOLVE ||
                                option == OPTION_VERBOSE;
        assert_int_equal(option_has_trait(option, TRAIT_REPEATABLE), repeatable);
    }
}

/* ---- environment ----------------------------------------------------------------------------- */

static void test_variables(void **state) {
    (void)state;
    struct options options;
    pinetoken_error error = {0};
    assert_true(parse_with("",
                           "PATH=/bin\0PINETOKEN_TOKEN_URL=u\0PINETOKEN_TIMEOUT=2.5\0"
                           "PINETOKEN_REFRESH=1\0PINETOKEN_V=2\0PINETOKEN_4=1\0"
                           "PINETOKEN_FORMAT=env\0PINETOKEN_MIN_TTL=\0",
                           &options, &error));
    assert_string_equal(options.values[OPTION_TOKEN_URL], "u");
    assert_string_equal(options.variables[OPTION_TOKEN_URL], "PINETOKEN_TOKEN_URL=u");
    assert_int_equal(options.timeout_ms, 2500);
    assert_int_equal(options.counts[OPTION_REFRESH], 1);
    assert_int_equal(options.counts[OPTION_VERBOSE], 2);
    assert_int_equal(options.family, PINETOKEN_FAMILY_IPV4);
    assert_int_equal(options.format, FORMAT_ENV);
    assert_int_equal(options.min_ttl_ms, 300000);
    assert_int_equal(options_origin(&options, OPTION_TOKEN_URL), ORIGIN_ENVIRONMENT);
    char name[OPTION_NAME_CAPACITY];
    assert_string_equal(options_name(&options, OPTION_TOKEN_URL, name), "PINETOKEN_TOKEN_URL");
    assert_string_equal(options_name(&options, OPTION_AUDIENCE, name), "--audience");
    assert_null(options.lists[OPTION_TOKEN_URL]);
    assert_int_equal(options_origin(&options, OPTION_MIN_TTL), ORIGIN_DEFAULT);
    assert_null(options.unknown_variable);
    options_free(&options);
}

static void test_lists(void **state) {
    (void)state;
    struct options options;
    pinetoken_error error = {0};
    assert_true(parse_with("--pin\0a\0--pin=b\0",
                           "PINETOKEN_HEADER=A: b\r\nC: d\n\r\n\0PINETOKEN_PIN=c\nd\0", &options,
                           &error));
    assert_int_equal(options.counts[OPTION_HEADER], 2);
    assert_string_equal(options.lists[OPTION_HEADER][0], "A: b");
    assert_string_equal(options.lists[OPTION_HEADER][1], "C: d");
    assert_null(options.lists[OPTION_HEADER][2]);
    assert_int_equal(options.counts[OPTION_PIN], 2);
    assert_string_equal(options.lists[OPTION_PIN][0], "a");
    assert_string_equal(options.lists[OPTION_PIN][1], "b");
    assert_null(options.lists[OPTION_PIN][2]);
    assert_null(options.lists[OPTION_RESOLVE]);
    options_free(&options);
    assert_true(parse_with("", "PINETOKEN_RESOLVE=\n\0", &options, &error));
    assert_int_equal(options.counts[OPTION_RESOLVE], 0);
    assert_int_equal(options_origin(&options, OPTION_RESOLVE), ORIGIN_DEFAULT);
    options_free(&options);
}

/* Of an option, of its opposite, and of the first variable of two. */
static void test_command_line_wins(void **state) {
    (void)state;
    struct options options;
    pinetoken_error error = {0};
    assert_true(
        parse_with("--timeout=1\0--no-cache\0-6\0--proxy=p\0--client-id-file=f\0--ca=system\0",
                   "PINETOKEN_TIMEOUT=never\0PINETOKEN_CACHE=c\0PINETOKEN_4=1\0"
                   "PINETOKEN_NO_PROXY=1\0PINETOKEN_CLIENT_ID=i\0PINETOKEN_CA_FILE=f\0"
                   "PINETOKEN_AUDIENCE=a\0PINETOKEN_AUDIENCE=b\0",
                   &options, &error));
    assert_int_equal(options.timeout_ms, 1000);
    assert_int_equal(options_origin(&options, OPTION_TIMEOUT), ORIGIN_COMMAND_LINE);
    assert_null(options.values[OPTION_CACHE]);
    assert_int_equal(options.family, PINETOKEN_FAMILY_IPV6);
    assert_int_equal(options.counts[OPTION_NO_PROXY], 0);
    assert_null(options.values[OPTION_CLIENT_ID]);
    assert_null(options.values[OPTION_CA_FILE]);
    assert_string_equal(options.values[OPTION_AUDIENCE], "a");
    options_free(&options);
}

/* The command after "--" is given on the command line, too. */
static void test_command_wins_over_run(void **state) {
    (void)state;
    struct options options;
    pinetoken_error error = {0};
    assert_true(parse_with("agent\0--out=a\0", "PINETOKEN_RUN=b\0", &options, &error));
    assert_string_equal(options.values[OPTION_RUN], "b");
    assert_true(parse_with("agent\0--out=a\0--\0c\0", "PINETOKEN_RUN=b\0", &options, &error));
    assert_null(options.values[OPTION_RUN]);
    assert_string_equal(options.arguments[0], "c");
}

/* Programs share an environment: what another command takes is not an error. */
static void test_variables_of_others(void **state) {
    (void)state;
    struct options options;
    pinetoken_error error = {0};
    assert_true(
        parse_with("exec\0--\0a\0",
                   "PINETOKEN_OUT=o\0PINETOKEN_FORMAT=bad\0PINETOKENX=1\0PINETOKEN_A\0"
                   "PINETOKEN_SANDBOX=no\0PINETOKEN_SERVICE_HOST=h\0PINETOKEN_SERVICE_HOST_A=h\0"
                   "PINETOKEN_PORT_443_TCP=p\0PINETOKEN_PORT=p\0",
                   &options, &error));
    assert_null(options.values[OPTION_OUT]);
    assert_null(options.unknown_variable);
    options_free(&options);
}

static const struct {
    const char *variables;
    const char *why;
} refused_variables[] = {
    {"PINETOKEN_TIMEOUT=hidden\0", "PINETOKEN_TIMEOUT: not a positive number of seconds"},
    {"PINETOKEN_RETRIES=hidden\0", "PINETOKEN_RETRIES: not a number from 0 to 999"},
    {"PINETOKEN_FORMAT=hidden\0", "PINETOKEN_FORMAT: not one of raw|json"},
    {"PINETOKEN_LOG_FORMAT=hidden\0", "PINETOKEN_LOG_FORMAT: not one of text|json"},
    {"PINETOKEN_REFRESH=hidden\0", "PINETOKEN_REFRESH: not 1"},
    {"PINETOKEN_REFRESH=2\0", "PINETOKEN_REFRESH: not 1"},
    {"PINETOKEN_REFRESH=11\0", "PINETOKEN_REFRESH: not 1"},
    {"PINETOKEN_V=3\0", "PINETOKEN_V: not 1"},
    {"PINETOKEN_CACHE=c\0PINETOKEN_NO_CACHE=1\0", "PINETOKEN_CACHE: given with PINETOKEN_NO_CACHE"},
};

static void test_refused_variables(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(refused_variables); i++) {
        struct options options;
        pinetoken_error error = {0};
        assert_false(parse_with("", refused_variables[i].variables, &options, &error));
        assert_int_equal(error.status, PINETOKEN_USAGE);
        assert_message(error, refused_variables[i].why);
        assert_false(error_says(&error, "hidden"));
        options_free(&options);
    }
}

static const struct {
    const char *variables;
    const char *warning;
} unknown_variables[] = {
    {"PINETOKEN_TOKEN_ULR=hidden\0",
     "PINETOKEN_TOKEN_ULR: unknown variable (did you mean PINETOKEN_TOKEN_URL?)"},
    {"PINETOKEN_FROMAT=x\0", "PINETOKEN_FROMAT: unknown variable (did you mean PINETOKEN_FORMAT?)"},
    {"PINETOKEN_SCOPE=hidden\0", "PINETOKEN_SCOPE: unknown variable"},
    {"PINETOKEN_HELP=1\0", "PINETOKEN_HELP: unknown variable"},
    {"PINETOKEN_=1\0", "PINETOKEN_: unknown variable"},
    {"PINETOKEN_PORTS=1\0", "PINETOKEN_PORTS: unknown variable"},
    {"PINETOKEN_SANDBOX_X=1\0", "PINETOKEN_SANDBOX_X: unknown variable"},
    {"PINETOKEN_CLIENT_SECRET=hidden\0",
     "PINETOKEN_CLIENT_SECRET: unknown variable (did you mean PINECONE_CLIENT_SECRET?)"},
    {"PINETOKEN_A=1\0PINETOKEN_B=1\0", "PINETOKEN_A: unknown variable"},
    {"PINETOKEN_\x1bXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX=1\0",
     "PINETOKEN_\\x1bXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX...: unknown variable"},
    {"PINETOKEN_REFRESH=0\0", ""},
};

static void test_unknown_variables(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(unknown_variables); i++) {
        struct options options;
        pinetoken_error error = {0};
        char warning[OPTIONS_WARNING_CAPACITY];
        assert_true(parse_with("", unknown_variables[i].variables, &options, &error));
        options_describe_unknown(&options, warning);
        assert_string_equal(warning, unknown_variables[i].warning);
        options_free(&options);
    }
}

/* ---- the table ------------------------------------------------------------------------------- */

static bool fits(const char *help) {
    for (size_t size = strcspn(help, "\n"); size <= OPTION_HELP_MAX; size = strcspn(help, "\n")) {
        if (help[size] == '\0') {
            return true;
        }
        help += size + 1;
    }
    return false;
}

static void test_rows(void **state) {
    (void)state;
    for (enum option i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        assert_int_equal(option_find(span_text(row->name)), i);
        assert_true((row->help[0] == '\0') == option_has_trait(i, TRAIT_HIDDEN));
        assert_true((row->argument[0] == '\0') == !option_takes_value(i));
        assert_true((row->value == VALUE_CHOICE) ==
                    (strchr(row->argument, '|') != NULL && strchr(row->argument, '@') == NULL &&
                     strchr(row->argument, '/') == NULL));
        char letter = option_letter(i);
        assert_true(letter == '\0' || option_find_letter(letter) == i);
        assert_true(row->name[1] == '-' || row->name[1] == letter);
        assert_true(row->commands != 0 && row->group < GROUP_COUNT);
        /* Own options belong to one command, shared ones to more. */
        assert_true((row->group == GROUP_OWN) == ((row->commands & (row->commands - 1)) == 0));
        assert_true(fits(row->help));
        char variable[OPTION_NAME_CAPACITY];
        struct buffer out;
        buffer_init(&out, variable, sizeof variable);
        option_append_variable(i, &out);
        size_t prefix = strlen(OPTION_VARIABLE_PREFIX);
        span its_name = span_cut(buffer_span(&out), prefix, out.size);
        assert_int_equal(option_find_variable(its_name), i);
        assert_int_equal(option_find_variable(span_cut(its_name, 0, its_name.size - 1)),
                         OPTION_COUNT);
        /* With "PINETOKEN_" in place of "--", and a NUL. */
        assert_true(strlen(row->name) + 9 <= OPTION_NAME_CAPACITY);
        enum option rival = option_rival(i);
        assert_true(rival == OPTION_COUNT || option_rival(rival) == i);
    }
    assert_int_equal(option_find(SPAN("--")), OPTION_COUNT);
}

/* What the help says in brackets. */
static void test_defaults_in_help(void **state) {
    (void)state;
    static const struct {
        enum option option;
        const char *shown;
    } shown[] = {
        {OPTION_TIMEOUT, "[30]"},      {OPTION_CONNECT_TIMEOUT, "[10]"}, {OPTION_RETRIES, "[3]"},
        {OPTION_MIN_TTL, "[300]"},     {OPTION_WAIT_CLOCK, "[0]"},       {OPTION_FORMAT, "[raw]"},
        {OPTION_OUT_FORMAT, "[raw]"},  {OPTION_BODY, "[json]"},          {OPTION_CA, "[auto]"},
        {OPTION_LOG_FORMAT, "[text]"}, {OPTION_MODE, "[0600]"}};
    struct options options;
    pinetoken_error error = {0};
    pinetoken_config config;
    pinetoken_config_init(&config);
    for (size_t i = 0; i < COUNT(shown); i++) {
        assert_non_null(strstr(option_rows[shown[i].option].help, shown[i].shown));
    }
    assert_non_null(strstr(option_rows[OPTION_TOKEN_URL].help, config.token_url));
    assert_non_null(strstr(option_rows[OPTION_AUDIENCE].help, config.audience));
    assert_non_null(strstr(option_rows[OPTION_API_VERSION].help, config.api_version));
    /* The same values, given, change nothing. */
    assert_true(parse("--timeout=30\0--connect-timeout=10\0--retries=3\0--min-ttl=300\0"
                      "--wait-clock=0\0--format=raw\0--body=json\0--ca=auto\0--log-format=text\0",
                      &options, &error));
    struct options defaults;
    assert_true(parse("", &defaults, &error));
    assert_int_equal(options.timeout_ms, defaults.timeout_ms);
    assert_int_equal(options.connect_timeout_ms, defaults.connect_timeout_ms);
    assert_int_equal(options.retries, defaults.retries);
    assert_int_equal(options.min_ttl_ms, defaults.min_ttl_ms);
    assert_int_equal(options.wait_clock_ms, defaults.wait_clock_ms);
    assert_int_equal(options.format, defaults.format);
    assert_int_equal(options.body, defaults.body);
    assert_int_equal(options.roots, defaults.roots);
    assert_int_equal(options.log_json, defaults.log_json);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_network),
        cmocka_unit_test(test_exec),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_timeouts),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_end_of_an_argument),
        cmocka_unit_test(test_log_format_of_an_error),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_command),
        cmocka_unit_test(test_agent),
        cmocka_unit_test(test_api),
        cmocka_unit_test(test_long_lists),
        cmocka_unit_test(test_commands_of_each_option),
        cmocka_unit_test(test_what_is_repeatable),
        cmocka_unit_test(test_variables),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_command_line_wins),
        cmocka_unit_test(test_command_wins_over_run),
        cmocka_unit_test(test_variables_of_others),
        cmocka_unit_test(test_refused_variables),
        cmocka_unit_test(test_unknown_variables),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_defaults_in_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
