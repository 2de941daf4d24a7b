#include "cli/option_values.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/number.h"
#include "http/call.h"

#include <signal.h>
#include <string.h>

/* A user or group; the next number, (uid_t)-1, means "leave it as it is". */
#define ID_MAX (UINT32_MAX - 1)
/* Linux has signals up to here. */
#define SIGNAL_MAX 64u

static bool values_fail(const struct options *options, enum option option, const char *why,
                        const char *advice, pinetoken_error *error) {
    char name[OPTION_NAME_CAPACITY];
    return error_set_parts(error, PINETOKEN_USAGE,
                           ERROR_PARTS(options_name(options, option, name), ": ", why), advice);
}

/* ---- choices --------------------------------------------------------------------------------- */

/* The index of `value` among "a|b|c"; -1: none of them. */
static int values_choose(span choices, span value) {
    for (int index = 0; choices.size > 0; index++) {
        size_t end = span_find(choices, '|');
        if (span_equal(span_cut(choices, 0, end), value)) {
            return index;
        }
        choices = span_cut(choices, end < choices.size ? end + 1 : end, choices.size);
    }
    return -1;
}

static bool values_read_choice(const struct options *options, enum option option, int *index,
                               pinetoken_error *error) {
    char name[OPTION_NAME_CAPACITY];
    const char *choices = option_rows[option].argument;
    *index = 0;
    if (options->values[option] == NULL) {
        return true;
    }
    *index = values_choose(span_text(choices), span_text(options->values[option]));
    return *index >= 0 ||
           error_set_parts(
               error, PINETOKEN_USAGE,
               ERROR_PARTS(options_name(options, option, name), ": not one of ", choices), "");
}

static bool values_read_choices(struct options *options, pinetoken_error *error) {
    int body = 0;
    int roots = 0;
    int format = 0;
    enum option its_format = options->command == COMMAND_AGENT ? OPTION_OUT_FORMAT : OPTION_FORMAT;
    if (!values_read_choice(options, OPTION_BODY, &body, error) ||
        !values_read_choice(options, OPTION_CA, &roots, error) ||
        !values_read_choice(options, its_format, &format, error)) {
        return false;
    }
    options->body = (pinetoken_body)body;
    options->roots = (pinetoken_roots)roots;
    options->format = (enum format)format;
    return true;
}

bool option_values_read_log_format(struct options *options, pinetoken_error *error) {
    int log_format = 0;
    bool is_read = values_read_choice(options, OPTION_LOG_FORMAT, &log_format, error);
    options->log_json = log_format == 1;
    return is_read;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* Milliseconds of digits after the point, rounded up: not less than was asked for. */
static int64_t values_parse_fraction(span digits) {
    int64_t ms = 0;
    int64_t scale = 100;
    bool has_rest = false;
    for (size_t i = 0; i < digits.size; i++) {
        ms += (digits.data[i] - '0') * scale;
        has_rest = has_rest || (scale == 0 && digits.data[i] != '0');
        scale /= 10;
    }
    return ms + (has_rest ? 1 : 0);
}

/* Decimal digits with at most one point among them; milliseconds. */
static bool values_parse_seconds(span text, int64_t *ms) {
    size_t point = span_find(text, '.');
    span whole = span_cut(text, 0, point);
    span fraction = span_cut(text, point < text.size ? point + 1 : point, text.size);
    uint64_t seconds = 0;
    if (whole.size + fraction.size == 0 || !span_is_digits(fraction) ||
        (whole.size > 0 && !number_parse(whole, 10, LIMIT_OPTION_SECONDS, &seconds))) {
        return false;
    }
    *ms = (int64_t)seconds * 1000 + values_parse_fraction(fraction);
    return true;
}

static bool values_read_seconds(const struct options *options, enum option option, int64_t *ms,
                                pinetoken_error *error) {
    const char *value = options->values[option];
    bool may_be_zero = option == OPTION_MIN_TTL || option == OPTION_WAIT_CLOCK;
    if (value == NULL || (values_parse_seconds(span_text(value), ms) && (*ms > 0 || may_be_zero))) {
        return true;
    }
    values_fail(options, option, "not a positive number of seconds, or over ", "", error);
    error_add_number(error, LIMIT_OPTION_SECONDS);
    return error_advise(error, "like 30 or 2.5");
}

static bool values_read_retries(struct options *options, pinetoken_error *error) {
    const char *value = options->values[OPTION_RETRIES];
    uint64_t number = options->retries;
    if (value != NULL && !number_parse(span_text(value), 10, LIMIT_RETRIES, &number)) {
        values_fail(options, OPTION_RETRIES, "not a number from 0 to ", "", error);
        error_add_number(error, LIMIT_RETRIES);
        return false;
    }
    options->retries = (unsigned)number;
    return true;
}

static bool values_read_times(struct options *options, pinetoken_error *error) {
    return values_read_seconds(options, OPTION_CONNECT_TIMEOUT, &options->connect_timeout_ms,
                               error) &&
           values_read_seconds(options, OPTION_TIMEOUT, &options->timeout_ms, error) &&
           values_read_seconds(options, OPTION_WAIT_CLOCK, &options->wait_clock_ms, error) &&
           values_read_seconds(options, OPTION_MIN_TTL, &options->min_ttl_ms, error) &&
           values_read_retries(options, error);
}

/* ---- agent's --------------------------------------------------------------------------------- */

static bool values_read_mode(struct options *options, pinetoken_error *error) {
    const char *text = options->values[OPTION_MODE];
    uint64_t mode = 0600;
    bool is_mode =
        text == NULL || (number_parse(span_text(text), 8, 0777, &mode) && (mode & 0002) == 0);
    options->mode = (unsigned)mode;
    return is_mode ||
           values_fail(options, OPTION_MODE,
                       "not an octal mode like 0640, or one that lets everybody write", "", error);
}

static bool values_parse_id(span text, int64_t *id) {
    uint64_t number = 0;
    if (!number_parse(text, 10, ID_MAX, &number)) {
        return false;
    }
    *id = (int64_t)number;
    return true;
}

static bool values_read_owner(struct options *options, pinetoken_error *error) {
    if (options->values[OPTION_OWNER] == NULL) {
        return true;
    }
    span text = span_text(options->values[OPTION_OWNER]);
    size_t colon = span_find(text, ':');
    bool has_group = colon < text.size;
    span group = span_cut(text, has_group ? colon + 1 : colon, text.size);
    return (values_parse_id(span_cut(text, 0, colon), &options->owner) &&
            (!has_group || values_parse_id(group, &options->group))) ||
           values_fail(options, OPTION_OWNER, "not UID or UID:GID in numbers", "like 1000:1000",
                       error);
}

/* By name, with or without SIG, or by number; 0: none. */
static int values_find_signal(span name) {
    static const struct {
        char name[6];
        uint8_t number;
    } signals[] = {{"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"TERM", SIGTERM},
                   {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"CONT", SIGCONT}, {"WINCH", SIGWINCH}};
    uint64_t number = 0;
    bool has_prefix = name.size > 3 && span_equal(span_cut(name, 0, 3), SPAN("SIG"));
    span bare = span_cut(name, has_prefix ? 3 : 0, name.size);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        if (span_equal(span_text(signals[i].name), bare)) {
            return signals[i].number;
        }
    }
    return number_parse(name, 10, SIGNAL_MAX, &number) ? (int)number : 0;
}

static bool values_read_signal(struct options *options, pinetoken_error *error) {
    const char *value = options->values[OPTION_SIGNAL];
    if (value == NULL) {
        return true;
    }
    span text = span_text(value);
    size_t colon = span_find(text, ':');
    options->signal = values_find_signal(span_cut(text, 0, colon));
    options->pid_file = colon < text.size ? value + colon + 1 : "";
    return (options->signal > 0 && options->pid_file[0] != '\0') ||
           values_fail(options, OPTION_SIGNAL, "not SIG:PIDFILE", "like HUP:/run/nginx.pid", error);
}

/* ---- what goes together ---------------------------------------------------------------------- */

static bool values_fail_rivals(const struct options *options, enum option one, enum option other,
                               pinetoken_error *error) {
    char name[OPTION_NAME_CAPACITY];
    char others_name[OPTION_NAME_CAPACITY];
    return error_set_parts(error, PINETOKEN_USAGE,
                           ERROR_PARTS(options_name(options, one, name), ": given with ",
                                       options_name(options, other, others_name)),
                           "give one of them");
}

static bool values_check_rivals(const struct options *options, pinetoken_error *error) {
    static const enum option exclusive[] = {OPTION_CACHE, OPTION_PROXY, OPTION_IPV4};
    for (size_t i = 0; i < sizeof exclusive / sizeof exclusive[0]; i++) {
        enum option rival = option_rival(exclusive[i]);
        if (options->counts[exclusive[i]] > 0 && options->counts[rival] > 0) {
            return values_fail_rivals(options, exclusive[i], rival, error);
        }
    }
    return true;
}

/* At most a file, and a URL after it. */
static bool values_check_cache(const struct options *options, pinetoken_error *error) {
    const char *const *list = (const char *const *)options->lists[OPTION_CACHE];
    bool is_given = list != NULL && list[0] != NULL;
    if (is_given && list[0][0] == '\0') {
        return values_fail(options, OPTION_CACHE, "empty", "name a file, or use --no-cache", error);
    }
    return !is_given || list[1] == NULL ||
           (list[2] == NULL && !span_is_url(span_text(list[0])) &&
            span_is_url(span_text(list[1]))) ||
           values_fail(options, OPTION_CACHE, "not a file and the URL of one server",
                       "give one of them, or the file first and the URL second", error);
}

static bool values_check_exec(const struct options *options, pinetoken_error *error) {
    return (options->arguments != NULL && options->arguments[0] != NULL) ||
           error_set(error, PINETOKEN_USAGE, "exec: the program to run is missing",
                     "pinetoken exec [OPTIONS] -- CMD [ARG...]");
}

/* (strstr is nearly 900 bytes.) */
static bool values_names_page(const char *path) {
    const span name = SPAN("paginationToken=");
    while (*path != '\0' && strncmp(path, name.data, name.size) != 0) {
        path++;
    }
    return *path != '\0';
}

static bool values_check_api(const struct options *options, pinetoken_error *error) {
    if (options->path == NULL) {
        return error_set(error, PINETOKEN_USAGE, "api: METHOD or PATH is missing",
                         "pinetoken api METHOD PATH, like pinetoken api GET /admin/projects");
    }
    if (!call_check_method(span_text(options->method), error)) {
        return false;
    }
    if (options->path[0] != '/') {
        return error_set(error, PINETOKEN_USAGE, "api: PATH does not start with a slash",
                         "put one in front of it, like /admin/projects");
    }
    bool is_first_page = strcmp(options->method, "GET") == 0 &&
                         options->counts[OPTION_INCLUDE] == 0 &&
                         options->counts[OPTION_DATA] == 0 && !values_names_page(options->path);
    return options->counts[OPTION_PAGINATE] == 0 || is_first_page ||
           values_fail(options, OPTION_PAGINATE,
                       "only for GET from the first page on, without --include and --data", "",
                       error);
}

static bool values_read_agent(struct options *options, pinetoken_error *error) {
    const char *out = options->values[OPTION_OUT];
    const char *metrics = options->values[OPTION_METRICS];
    if (out == NULL || out[0] == '\0') {
        return error_set(error, PINETOKEN_USAGE, "agent: the output file is missing",
                         "give --out FILE");
    }
    if (metrics != NULL && metrics[0] == '\0') {
        return values_fail(options, OPTION_METRICS, "empty", "name a file", error);
    }
    if (options->arguments != NULL &&
        (options->arguments[0] == NULL || options->values[OPTION_RUN] != NULL)) {
        return error_set(error, PINETOKEN_USAGE, "agent: no command after --, or --run beside it",
                         "give one of them: --run CMD, or -- CMD [ARG...]");
    }
    return values_read_mode(options, error) && values_read_owner(options, error) &&
           values_read_signal(options, error);
}

static bool values_read_command(struct options *options, pinetoken_error *error) {
    switch (options->command) {
        case COMMAND_EXEC: return values_check_exec(options, error);
        case COMMAND_AGENT: return values_read_agent(options, error);
        case COMMAND_API: return values_check_api(options, error);
        case COMMAND_TOKEN:
        case COMMAND_DOCTOR:
        case COMMAND_FORGET:
        case COMMAND_HELP:
        case COMMAND_COUNT: break;
    }
    return true;
}

bool option_values_read(struct options *options, pinetoken_error *error) {
    options->family = options->counts[OPTION_IPV4] > 0   ? PINETOKEN_FAMILY_IPV4
                      : options->counts[OPTION_IPV6] > 0 ? PINETOKEN_FAMILY_IPV6
                                                         : PINETOKEN_FAMILY_ANY;
    return values_read_choices(options, error) && values_check_rivals(options, error) &&
           values_check_cache(options, error) && values_read_command(options, error) &&
           values_read_times(options, error);
}
