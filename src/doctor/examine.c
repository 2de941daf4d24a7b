/* A fetch step by step, as it would go from here, and what to do about the step that fails. */
#include "doctor/examine.h"
#include "base/error.h"
#include "cli/cache_path.h"
#include "cli/configuration.h"
#include "cli/fetch.h"
#include "doctor/report.h"
#include "os/secure_memory.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* How long another process that fetches just now is waited for. */
#define STORE_MS 200

struct examination {
    const struct options *options;
    struct console *console;
    struct doctor *doctor;
    struct credentials *credentials; /* in secure memory */
    int out;
};

static void examine_clock(const struct examination *examination) {
    char now[PINETOKEN_TIME_SIZE];
    pinetoken_build build;
    pinetoken_build_info(&build);
    pinetoken_write_time((int64_t)time(NULL), now);
    doctor_note(examination->doctor, "this machine's clock says", now, -1);
    if (strncmp(now, build.date, strlen(build.date)) < 0) {
        doctor_note(examination->doctor, "it is older than this program, which is of", build.date,
                    -1);
    }
}

static void examine_entropy(const struct examination *examination) {
    char byte = 0;
    bool is_ready = getrandom(&byte, sizeof byte, GRND_NONBLOCK) == 1;
    doctor_note(examination->doctor,
                is_ready ? "the kernel's randomness is ready" : "the kernel has no randomness yet:",
                is_ready ? "" : "the handshake will wait for it", -1);
}

/* A pinetoken_fetch_fn, for a look at what is kept. */
static pinetoken_status fetch_nothing(void *user, int64_t timeout_ms, pinetoken_token *token,
                                      pinetoken_error *error) {
    (void)user;
    (void)timeout_ms;
    (void)token;
    error_set(error, PINETOKEN_INTERNAL, "no token is kept", "");
    return PINETOKEN_INTERNAL;
}

static void note_event(void *user, const pinetoken_event *event) {
    doctor_event(user, event);
}

static bool examine_store(const struct examination *examination, pinetoken_error *error) {
    char room[PATH_MAX];
    const pinetoken_cache_policy any = {.newer_than = INT64_MIN};
    pinetoken_token token;
    pinetoken_config config;
    const char *path = cache_path(examination->options, room, sizeof room);
    if (path == NULL) {
        doctor_note(examination->doctor, "there is none: no token is kept", "", -1);
        return true;
    }
    doctor_note(examination->doctor, "lies in", path, -1);
    configuration_fill(&config, examination->options);
    config.client_id = examination->credentials->id.text;
    config.log = note_event;
    config.user = examination->doctor;
    pinetoken_cache *store = pinetoken_cache_open(&config, path, error);
    if (store == NULL) {
        return false;
    }
    pinetoken_status status =
        pinetoken_cache_fetch(store, &any, STORE_MS, fetch_nothing, NULL, &token, error);
    if (status == PINETOKEN_INTERNAL || status == PINETOKEN_TIMEOUT) {
        doctor_note(examination->doctor,
                    status == PINETOKEN_INTERNAL ? "no token is kept"
                                                 : "another process fetches a token just now",
                    "", -1);
    }
    pinetoken_cache_close(store);
    return status != PINETOKEN_LOCAL;
}

static bool note_token(void *user, const pinetoken_token *token, pinetoken_error *error) {
    struct doctor *doctor = user;
    (void)error;
    doctor_begin(doctor, DOCTOR_OAUTH);
    doctor_note(doctor,
                token->expires_in < 0 ? "a token, of unknown life" : "a token, seconds it lives:",
                "", token->expires_in);
    return true;
}

static bool examine_fetch(const struct examination *examination, pinetoken_error *error) {
    const struct fetch fetch = {.options = examination->options,
                                .console = examination->console,
                                .credentials = examination->credentials,
                                .use = note_token,
                                .user = examination->doctor,
                                .no_store = true,
                                .kept_output = examination->out};
    doctor_begin(examination->doctor, DOCTOR_SANDBOX);
    return fetch_token(&fetch, error);
}

static bool examine(const struct examination *examination, pinetoken_error *error) {
    struct doctor *doctor = examination->doctor;
    struct credentials *credentials = examination->credentials;
    doctor_begin(doctor, DOCTOR_CLOCK);
    examine_clock(examination);
    doctor_begin(doctor, DOCTOR_ENTROPY);
    examine_entropy(examination);
    doctor_begin(doctor, DOCTOR_CREDENTIALS);
    if (!credentials_find_id(&credentials->id, examination->options, examination->console, error) ||
        !credentials_find_secret(&credentials->secret, examination->options, examination->console,
                                 error)) {
        return false;
    }
    doctor_begin(doctor, DOCTOR_CACHE);
    return examine_store(examination, error) && examine_fetch(examination, error);
}

/* On a terminal that shows colours, unless they are not wanted (no-color.org). */
static enum doctor_look choose_look(const struct options *options) {
    const char *no_color = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    if (options->counts[OPTION_JSON] > 0) {
        return DOCTOR_JSON;
    }
    return isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0') && terminal != NULL &&
                   strcmp(terminal, "dumb") != 0
               ? DOCTOR_COLOURED
               : DOCTOR_PLAIN;
}

bool cmd_doctor(struct invocation *invocation, pinetoken_error *error) {
    struct options *options = invocation->options;
    struct console *console = invocation->console;
    struct examination examination = {.options = options, .console = console};
    examination.out = dup(STDOUT_FILENO);
    examination.credentials = secure_memory_new(sizeof *examination.credentials);
    examination.doctor = doctor_new(choose_look(options), examination.out);
    if (examination.credentials == NULL || examination.doctor == NULL) {
        return error_set(error, PINETOKEN_INTERNAL, "doctor: out of memory", "");
    }
    /* The first try tells what is wrong. */
    options->retries = options->counts[OPTION_RETRIES] > 0 ? options->retries : 0;
    console->sink = note_event;
    console->sink_user = examination.doctor;
    bool done = examine(&examination, error);
    console->sink = NULL;
    secure_memory_free(examination.credentials, sizeof *examination.credentials);
    bool shown = doctor_end(examination.doctor, done ? NULL : error);
    close(examination.out);
    if (done && !shown) {
        return error_set(error, PINETOKEN_LOCAL, "standard output: cannot be written",
                         "check where it leads");
    }
    return done;
}
