/* A fetch step by step, as it would go from here, and what to do about the step that fails. */
#include "doctor/examine.h"

#include "base/calendar.h"
#include "base/error.h"
#include "cli/cache_path.h"
#include "cli/configuration.h"
#include "cli/fetch.h"
#include "cli/output.h"
#include "client/cache.h"
#include "doctor/checks.h"
#include "doctor/live.h"
#include "doctor/report_json.h"
#include "os/random.h"
#include "os/secure_memory.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* How long another process that fetches just now is waited for. */
#define CACHE_MS 200

struct examination {
    const struct options *options;
    struct console *console;
    struct report report;
    struct checks checks;
    struct credentials *credentials; /* in secure memory */
};

static void examine_event(void *user, const pinetoken_event *event) {
    struct checks *checks = user;
    report_event(checks->report, event);
    checks_event(checks, event);
}

static void examine_program(struct examination *examination) {
    struct report *report = &examination->report;
    pinetoken_build build;
    pinetoken_build_info(&build);
    report_begin(report, DOCTOR_PROGRAM);
    report_fact(report, "program.version", "version", span_text(build.version), -1);
    report_fact(report, "program.date", "of", span_text(build.date), -1);
    report_fact(report, "program.roots_date", "built-in roots of", span_text(build.roots_date), -1);
    report_fact(report, "program.curves", "curves of", span_text(build.curves_source), -1);
    checks_program(&examination->checks);
}

static void examine_clock(struct examination *examination) {
    char now[CALENDAR_TEXT];
    report_begin(&examination->report, DOCTOR_CLOCK);
    calendar_write_unix(examination->checks.now, now);
    report_fact(&examination->report, "clock.now", "it is", span_text(now), -1);
    checks_clock(&examination->checks);
}

static void examine_entropy(struct examination *examination) {
    struct report *report = &examination->report;
    report_begin(report, DOCTOR_ENTROPY);
    if (random_is_ready()) {
        report_fact(report, "entropy.state", "the kernel's randomness is", SPAN("ready"), -1);
    } else {
        report_warning(report, "entropy.not_ready", SPAN("the kernel has no randomness yet"),
                       "wait until the system has started");
    }
}

static void examine_source(struct report *report, const char *name, bool is_variable) {
    report_begin(report, DOCTOR_OPTIONS);
    report_fact(report, is_variable ? "options.environment" : "options.command_line",
                is_variable ? "set by" : "given as", span_text(name), -1);
}

/* Where each value comes from that is not the default; never the value, which may be a secret. The
 * credentials have a step of their own. */
static void examine_options(struct examination *examination) {
    const struct options *options = examination->options;
    const char *variables[CONFIGURATION_VARIABLES];
    for (enum option i = 0; i < OPTION_COUNT; i++) {
        if (options_origin(options, i) != ORIGIN_DEFAULT &&
            option_rows[i].group != GROUP_CREDENTIALS) {
            char name[OPTION_NAME_CAPACITY];
            examine_source(&examination->report, options_name(options, i, name),
                           options_origin(options, i) == ORIGIN_ENVIRONMENT);
        }
    }
    configuration_name_variables(options, variables);
    for (size_t i = 0; i < CONFIGURATION_VARIABLES; i++) {
        if (variables[i] != NULL) {
            examine_source(&examination->report, variables[i], true);
        }
    }
}

/* A warning of the credentials' reader is this step's. */
static void examine_warning(struct examination *examination) {
    struct console *console = examination->console;
    if (console->warning[0] != '\0') {
        report_warning(&examination->report, "credentials.odd", span_text(console->warning),
                       console->advice);
        console->warning[0] = '\0';
    }
}

static bool examine_credentials(struct examination *examination, pinetoken_error *error) {
    struct credentials *credentials = examination->credentials;
    const struct options *options = examination->options;
    report_begin(&examination->report, DOCTOR_CREDENTIALS);
    bool found = credentials_find_id(&credentials->id, options, examination->console, error);
    examine_warning(examination);
    found = found &&
            credentials_find_secret(&credentials->secret, options, examination->console, error);
    examine_warning(examination);
    return found;
}

/* The fetch of a struct cache_source, for a look at what is cached. */
static pinetoken_status examine_no_fetch(void *user, int64_t timeout_ms, pinetoken_token *token,
                                         pinetoken_error *error) {
    (void)user;
    (void)timeout_ms;
    (void)token;
    error_set(error, PINETOKEN_INTERNAL, "no token is cached", "");
    return PINETOKEN_INTERNAL;
}

static bool examine_cached_token(struct examination *examination, pinetoken_cache *cache,
                                 pinetoken_error *error) {
    const struct cache_source source = {.fetch = examine_no_fetch};
    pinetoken_cache_policy any;
    pinetoken_token token;
    pinetoken_cache_policy_init(&any);
    any.min_ttl = 0;
    any.newer_than = INT64_MIN;
    any.timeout_ms = CACHE_MS;
    pinetoken_status status = cache_fetch(cache, &source, &any, &token, error);
    if (status == PINETOKEN_INTERNAL) {
        report_fact(&examination->report, "cache.state", "it has", SPAN("no token"), -1);
    } else if (status == PINETOKEN_TIMEOUT) {
        report_fact(&examination->report, "cache.state", "it is",
                    SPAN("locked: another process is fetching a token"), -1);
    }
    return status != PINETOKEN_LOCAL;
}

static void examine_nothing(void *user, const pinetoken_event *event) {
    (void)user;
    (void)event;
}

/* Whether the server of a shared cache can be used. Its connection is not the fetch's, whose steps
 * have names: nothing of it is in the report but the end. */
static void examine_server(struct examination *examination) {
    struct report *report = &examination->report;
    const struct fetch fetch = {.options = examination->options,
                                .console = examination->console,
                                .credentials = examination->credentials};
    pinetoken_error error;
    int64_t left_ms = 0;
    examination->console->sink = examine_nothing;
    bool done = fetch_look(&fetch, &left_ms, &error);
    examination->console->sink = examine_event;
    if (!done) {
        report_warning(report, "cache.shared_unusable", span_text(error.message), error.advice);
    } else if (left_ms < 0) {
        report_fact(report, "cache.shared_state", "the server has", SPAN("no token"), -1);
    } else {
        report_fact(report, "cache.shared_hit", "the server has a token, seconds left:", SPAN(""),
                    left_ms / 1000);
    }
}

/* The file, and the server after it: whether there is one. */
static bool examine_cache_places(struct examination *examination) {
    char room[CACHE_PATH_CAPACITY];
    const char *file = cache_path_file(examination->options, room);
    const char *const *list = (const char *const *)examination->options->lists[OPTION_CACHE];
    if (file != NULL) {
        report_fact(&examination->report, "cache.path", "in", span_text(file), -1);
    }
    for (; list != NULL && *list != NULL; list++) {
        if (span_is_url(span_text(*list))) {
            report_fact(&examination->report, "cache.server", "on", span_text(*list), -1);
            return true;
        }
    }
    return false;
}

static bool examine_cache(struct examination *examination, pinetoken_error *error) {
    char room[CACHE_PATH_CAPACITY];
    pinetoken_config config;
    const char *path = cache_path(examination->options, room);
    report_begin(&examination->report, DOCTOR_CACHE);
    if (path == NULL && examination->options->counts[OPTION_NO_CACHE] == 0) {
        report_warning(&examination->report, "cache.none",
                       SPAN("there is no directory for a cache"),
                       "set HOME, or name a file with --cache");
    }
    if (path == NULL) {
        report_fact(&examination->report, "cache.state", "it is", SPAN("off"), -1);
        return true;
    }
    bool has_server = examine_cache_places(examination);
    configuration_fill(&config, examination->options);
    config.client_id = examination->credentials->id.text;
    config.log = examine_event;
    config.user = &examination->checks;
    pinetoken_cache *cache = pinetoken_cache_open(&config, path, error);
    if (cache == NULL) {
        return false;
    }
    bool done = examine_cached_token(examination, cache, error);
    pinetoken_cache_close(cache);
    if (done && has_server) {
        examine_server(examination);
    }
    return done;
}

static bool examine_token(void *user, const pinetoken_token *token, pinetoken_error *error) {
    struct report *report = user;
    (void)error;
    report_begin(report, DOCTOR_OAUTH);
    report_fact(report, "oauth.expires_in",
                "a token, valid for seconds:", token->expires_in < 0 ? SPAN("unknown") : SPAN(""),
                token->expires_in);
    return true;
}

static bool examine_fetch(struct examination *examination, pinetoken_error *error) {
    const struct fetch fetch = {.options = examination->options,
                                .console = examination->console,
                                .credentials = examination->credentials,
                                .use = examine_token,
                                .user = &examination->report,
                                .without_cache = true};
    report_begin(&examination->report, DOCTOR_SANDBOX);
    return fetch_token(&fetch, error);
}

static bool examine(struct examination *examination, pinetoken_error *error) {
    examine_program(examination);
    examine_clock(examination);
    examine_entropy(examination);
    examine_options(examination);
    return examine_credentials(examination, error) && examine_cache(examination, error) &&
           examine_fetch(examination, error);
}

static bool examine_and_end(struct examination *examination, pinetoken_error *error) {
    struct console *console = examination->console;
    console->sink = examine_event;
    console->sink_user = &examination->checks;
    bool done = examine(examination, error);
    console->sink = NULL;
    report_end(&examination->report, done ? NULL : error);
    return done;
}

/* False if what was examined failed. *unwritten: errno of standard output, or 0. */
static bool examine_and_show(struct examination *examination, int *unwritten,
                             pinetoken_error *error) {
    struct view view;
    struct live live;
    view_init(&view, &examination->report, STDOUT_FILENO,
              examination->options->counts[OPTION_VERBOSE] > 0);
    live_start(&live, &view);
    bool done = examine_and_end(examination, error);
    live_stop(&live, &view);
    view_update(&view);
    *unwritten = view.failed;
    return done;
}

static bool examine_run(struct examination *examination, pinetoken_error *error) {
    int unwritten = 0;
    bool done = false;
    if (examination->options->counts[OPTION_JSON] > 0) {
        done = examine_and_end(examination, error);
        unwritten = report_json_write(&examination->report, STDOUT_FILENO) ? 0 : errno;
    } else {
        done = examine_and_show(examination, &unwritten, error);
    }
    return done && (unwritten == 0 || output_fail(unwritten, error));
}

bool cmd_doctor(struct invocation *invocation, pinetoken_error *error) {
    struct options *options = invocation->options;
    struct examination examination = {.options = options, .console = invocation->console};
    examination.credentials = secure_memory_new(sizeof *examination.credentials);
    if (examination.credentials == NULL || !report_init(&examination.report)) {
        secure_memory_free(examination.credentials, sizeof *examination.credentials);
        return error_out_of_memory("doctor", error);
    }
    checks_init(&examination.checks, &examination.report);
    /* The first try shows what is wrong. */
    options->retries = options->counts[OPTION_RETRIES] > 0 ? options->retries : 0;
    bool done = examine_run(&examination, error);
    report_wipe(&examination.report);
    secure_memory_free(examination.credentials, sizeof *examination.credentials);
    return done;
}
