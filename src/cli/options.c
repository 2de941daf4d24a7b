#include "cli/options.h"

#include "base/error.h"
#include "base/text.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

const struct option_row option_rows[OPTION_COUNT] = {
    [OPTION_CLIENT_ID] = {"--client-id\0"
                          "ID\0"
                          "the service account's client id",
                          false},
    [OPTION_CLIENT_ID_FILE] = {"--client-id-file\0"
                               "FILE\0"
                               "read it from FILE ('-': standard input)",
                               false},
    [OPTION_CLIENT_SECRET_FILE] = {"--client-secret-file\0"
                                   "FILE\0"
                                   "read the client secret from FILE ('-': standard input)",
                                   false},
    [OPTION_CLIENT_SECRET] = {"--client-secret\0"
                              "SECRET\0"
                              "",
                              false},
    [OPTION_TOKEN_URL] = {"--token-url\0"
                          "URL\0"
                          "where tokens are issued [https://login.pinecone.io/oauth/token]",
                          false},
    [OPTION_AUDIENCE] = {"--audience\0"
                         "URL\0"
                         "what the token is for [https://api.pinecone.io/]",
                         false},
    [OPTION_API_VERSION] = {"--api-version\0"
                            "V\0"
                            "the X-Pinecone-Api-Version header [2025-04]",
                            false},
    [OPTION_BODY] = {"--body\0"
                     "json|form\0"
                     "the request's content type [json]",
                     false},
    [OPTION_HEADER] = {"--header\0"
                       "'Name: value'\0"
                       "a further request header; repeatable",
                       true},
    [OPTION_FORMAT] = {"--format\0"
                       "raw|json|header|env|curl\0"
                       "how the token is printed [raw]",
                       false},
    [OPTION_CACHE] = {"--cache\0"
                      "FILE\0"
                      "where the token is kept; a directory: one file an account",
                      false},
    [OPTION_NO_CACHE] = {"--no-cache\0"
                         "\0"
                         "keep no token, and take no kept one",
                         false},
    [OPTION_MIN_TTL] = {"--min-ttl\0"
                        "SECONDS\0"
                        "a kept token must live at least so long [300]",
                        false},
    [OPTION_REFRESH] = {"--refresh\0"
                        "\0"
                        "fetch a token whatever is kept",
                        false},
    [OPTION_CA] = {"--ca\0"
                   "auto|system|builtin\0"
                   "roots to trust; auto: the system's, else the built-in ones [auto]",
                   false},
    [OPTION_CA_FILE] = {"--ca-file\0"
                        "PEM\0"
                        "trust the roots in this file alone",
                        false},
    [OPTION_PIN] = {"--pin\0"
                    "sha256//BASE64\0"
                    "one certificate of the chain must have this public key; repeatable",
                    true},
    [OPTION_PROXY] = {"--proxy\0"
                      "URL\0"
                      "http://[user:password@]host[:port] to go through",
                      false},
    [OPTION_NO_PROXY] = {"--no-proxy\0"
                         "\0"
                         "no proxy, whatever the environment says",
                         false},
    [OPTION_RESOLVE] = {"--resolve\0"
                        "HOST:PORT:ADDR[,ADDR...]\0"
                        "take these addresses, ask no resolver; repeatable",
                        true},
    [OPTION_IPV4] = {"-4\0"
                     "\0"
                     "IPv4 addresses alone",
                     false},
    [OPTION_IPV6] = {"-6\0"
                     "\0"
                     "IPv6 addresses alone",
                     false},
    [OPTION_CONNECT_TIMEOUT] = {"--connect-timeout\0"
                                "SECONDS\0"
                                "for one connection: TCP, proxy and TLS [10]",
                                false},
    [OPTION_TIMEOUT] = {"--timeout\0"
                        "SECONDS\0"
                        "for everything, tries and waits; fractions are allowed [30]",
                        false},
    [OPTION_RETRIES] = {"--retries\0"
                        "N\0"
                        "further tries, for what may pass by itself [3]",
                        false},
    [OPTION_WAIT_CLOCK] = {"--wait-clock\0"
                           "SECONDS\0"
                           "wait so long for a clock older than this program to be set [0]",
                           false},
    [OPTION_DATA] = {"--data\0"
                     "JSON|@FILE|@-\0"
                     "api: the request's body; from FILE, from standard input",
                     false},
    [OPTION_API_URL] = {"--api-url\0"
                        "URL\0"
                        "api: where it is [https://api.pinecone.io]",
                        false},
    [OPTION_INCLUDE] = {"--include\0"
                        "\0"
                        "api: print the answer's status line and fields too",
                        false},
    [OPTION_PAGINATE] = {"--paginate\0"
                         "\0"
                         "api: print all pages of a list as one JSON array",
                         false},
    [OPTION_OUT] = {"--out\0"
                    "FILE\0"
                    "agent: the file that holds a fresh token",
                    false},
    [OPTION_OUT_FORMAT] = {"--out-format\0"
                           "raw|json|header|env|curl\0"
                           "agent: of the file [raw]",
                           false},
    [OPTION_MODE] = {"--mode\0"
                     "MODE\0"
                     "agent: of the file [0600]",
                     false},
    [OPTION_OWNER] = {"--owner\0"
                      "UID[:GID]\0"
                      "agent: of the file, by numbers",
                      false},
    [OPTION_RUN] = {"--run\0"
                    "CMD\0"
                    "agent: a shell's command, after each new token",
                    false},
    [OPTION_SIGNAL] = {"--signal\0"
                       "SIG:PIDFILE\0"
                       "agent: to that process, after each new token",
                       false},
    [OPTION_METRICS] = {"--metrics\0"
                        "FILE\0"
                        "agent: for Prometheus, in its text format",
                        false},
    [OPTION_ONCE] = {"--once\0"
                     "\0"
                     "agent: end after the first token",
                     false},
    [OPTION_CHECK] = {"--check\0"
                      "\0"
                      "agent: only tell by the exit status whether the token lives",
                      false},
    [OPTION_JSON] = {"--json\0"
                     "\0"
                     "doctor: print what was found as JSON",
                     false},
    [OPTION_LOG_FORMAT] = {"--log-format\0"
                           "text|json\0"
                           "of what goes to standard error [text]",
                           false},
    [OPTION_VERBOSE] = {"-v\0"
                        "\0"
                        "show each step on standard error; -vv: in more detail",
                        true},
    [OPTION_QUIET] = {"-q\0"
                      "\0"
                      "no warnings",
                      false},
    [OPTION_HELP] = {"--help\0"
                     "\0"
                     "this help",
                     false},
    [OPTION_VERSION] = {"--version\0"
                        "\0"
                        "versions of the program and what is built in",
                        false},
};

const char *option_argument(const struct option_row *row) {
    return row->name + strlen(row->name) + 1;
}

const char *option_help(const struct option_row *row) {
    const char *argument = option_argument(row);
    return argument + strlen(argument) + 1;
}

const char *const command_names[] = {[COMMAND_TOKEN] = "token",   [COMMAND_EXEC] = "exec",
                                     [COMMAND_AGENT] = "agent",   [COMMAND_API] = "api",
                                     [COMMAND_DOCTOR] = "doctor", [COMMAND_FORGET] = "forget",
                                     [COMMAND_HELP] = "help",     NULL};
#define COMMANDS (sizeof command_names / sizeof command_names[0] - 1)

/* ---- did you mean ---------------------------------------------------------------------------- */

#define OPTION_NAME_MAX 32u

static size_t least(size_t a, size_t b, size_t c) {
    size_t smaller = a < b ? a : b;
    return smaller < c ? smaller : c;
}

/* Letters to insert, drop or change (Levenshtein) from `name` to what was `typed`, of which only
 * the start counts. */
static size_t distance(const char *typed, size_t typed_size, const char *name) {
    size_t row[OPTION_NAME_MAX + 1];
    size_t columns = typed_size < OPTION_NAME_MAX ? typed_size : OPTION_NAME_MAX;
    for (size_t j = 0; j <= columns; j++) {
        row[j] = j;
    }
    for (size_t i = 1; name[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            size_t changed = diagonal + (name[i - 1] == typed[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = least(row[j] + 1, row[j - 1] + 1, changed);
        }
    }
    return row[columns];
}

static const char *nearest(const char *typed, size_t size) {
    const char *best = command_names[0];
    size_t best_distance = distance(typed, size, best);
    for (size_t i = 1; i < COMMANDS + OPTION_COUNT; i++) {
        const char *name = i < COMMANDS ? command_names[i] : option_rows[i - COMMANDS].name;
        size_t its_distance = distance(typed, size, name);
        /* --client-secret is no answer: it only fails. */
        if (its_distance < best_distance && i != COMMANDS + OPTION_CLIENT_SECRET) {
            best = name;
            best_distance = its_distance;
        }
    }
    return best;
}

/* ---- values ---------------------------------------------------------------------------------- */

/* The index of `value` among "a|b|c"; -1: none of them. */
static int choose(const char *choices, const char *value) {
    size_t size = strlen(value);
    for (int index = 0; choices != NULL; index++) {
        const char *end = strchr(choices, '|');
        size_t choice_size = end != NULL ? (size_t)(end - choices) : strlen(choices);
        if (choice_size == size && memcmp(choices, value, size) == 0) {
            return index;
        }
        choices = end != NULL ? end + 1 : NULL;
    }
    return -1;
}

static bool set_choice(const struct options *options, enum option option, int *index,
                       pinetoken_error *error) {
    const struct option_row *row = &option_rows[option];
    *index = 0;
    if (options->values[option] == NULL) {
        return true;
    }
    *index = choose(option_argument(row), options->values[option]);
    return *index >= 0 ||
           error_set_parts(error, PINETOKEN_USAGE,
                           ERROR_PARTS(row->name, ": not one of ", option_argument(row)), "");
}

/* Whole seconds at most nine digits long, and a fraction; milliseconds, rounded up: not less than
 * was asked for. */
static bool parse_seconds(const char *text, int64_t *ms) {
    int64_t sum = 0;
    int64_t scale = 1000;
    size_t digits = 0;
    bool rest = false;
    for (; *text >= '0' && *text <= '9'; text++) {
        sum = sum * 10 + (int64_t)(*text - '0') * 1000;
        if (++digits > 9) {
            return false;
        }
    }
    text += *text == '.' ? 1 : 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        scale /= 10;
        sum += (*text - '0') * scale;
        rest = rest || (scale == 0 && *text != '0');
        digits++;
    }
    *ms = sum + (rest ? 1 : 0);
    return *text == '\0' && digits > 0;
}

static bool read_seconds(const struct options *options, enum option option, int64_t *ms,
                         pinetoken_error *error) {
    const char *value = options->values[option];
    return value == NULL || (parse_seconds(value, ms) && (*ms > 0 || option == OPTION_MIN_TTL)) ||
           error_set_parts(
               error, PINETOKEN_USAGE,
               ERROR_PARTS(option_rows[option].name, ": not a positive number of seconds"),
               "like 30 or 2.5");
}

static bool read_retries(struct options *options, pinetoken_error *error) {
    const char *value = options->values[OPTION_RETRIES];
    unsigned number = 0;
    size_t digits = 0;
    if (value == NULL) {
        return true;
    }
    for (; digits < 3 && value[digits] >= '0' && value[digits] <= '9'; digits++) {
        number = number * 10 + (unsigned)(value[digits] - '0');
    }
    options->retries = number;
    return (digits > 0 && value[digits] == '\0') ||
           error_set(error, PINETOKEN_USAGE, "--retries: not a number from 0 to 999", "");
}

static bool read_network(struct options *options, pinetoken_error *error) {
    bool only_ipv4 = options->counts[OPTION_IPV4] > 0;
    bool only_ipv6 = options->counts[OPTION_IPV6] > 0;
    if (only_ipv4 && only_ipv6) {
        return error_set(error, PINETOKEN_USAGE, "-4: given with -6",
                         "give one of them, or none for both");
    }
    if (options->counts[OPTION_PROXY] > 0 && options->counts[OPTION_NO_PROXY] > 0) {
        return error_set(error, PINETOKEN_USAGE, "--proxy: given with --no-proxy",
                         "give one of them");
    }
    options->family = only_ipv4   ? PINETOKEN_FAMILY_IPV4
                      : only_ipv6 ? PINETOKEN_FAMILY_IPV6
                                  : PINETOKEN_FAMILY_ANY;
    return read_seconds(options, OPTION_CONNECT_TIMEOUT, &options->connect_timeout_ms, error) &&
           read_seconds(options, OPTION_TIMEOUT, &options->timeout_ms, error) &&
           read_seconds(options, OPTION_WAIT_CLOCK, &options->wait_clock_ms, error) &&
           read_retries(options, error);
}

static bool read_store(struct options *options, pinetoken_error *error) {
    if (options->counts[OPTION_CACHE] > 0 && options->counts[OPTION_NO_CACHE] > 0) {
        return error_set(error, PINETOKEN_USAGE, "--cache: given with --no-cache",
                         "give one of them");
    }
    return read_seconds(options, OPTION_MIN_TTL, &options->min_ttl_ms, error);
}

/* ---- agent's --------------------------------------------------------------------------------- */

/* Digits of `base` up to `end`, at least one and at most nine; -1: they are none. */
static int64_t parse_digits(const char *text, const char *end, int base) {
    int64_t number = 0;
    bool is_number = text < end && end - text <= 9;
    for (; is_number && text < end; text++) {
        is_number = *text >= '0' && *text < '0' + base;
        number = number * base + (*text - '0');
    }
    return is_number ? number : -1;
}

static bool read_mode(struct options *options, pinetoken_error *error) {
    const char *text = options->values[OPTION_MODE];
    int64_t mode = text == NULL ? 0600 : parse_digits(text, text + strlen(text), 8);
    options->mode = (unsigned)mode;
    return (mode >= 0 && mode <= 0777 && (mode & 0002) == 0) ||
           error_set(error, PINETOKEN_USAGE,
                     "--mode: not an octal mode like 0640, or one by which everybody can write",
                     "");
}

static bool read_owner(struct options *options, pinetoken_error *error) {
    const char *text = options->values[OPTION_OWNER];
    if (text == NULL) {
        return true;
    }
    const char *end = text + strcspn(text, ":");
    options->owner = parse_digits(text, end, 10);
    if (*end == ':') {
        options->group = parse_digits(end + 1, end + strlen(end), 10);
    }
    return (options->owner >= 0 && (*end == '\0' || options->group >= 0)) ||
           error_set(error, PINETOKEN_USAGE, "--owner: not UID or UID:GID, by their numbers", "");
}

static int find_signal(const char *name, const char *end) {
    static const struct {
        char name[6];
        uint8_t number;
    } signals[] = {{"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"TERM", SIGTERM},
                   {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"CONT", SIGCONT}, {"WINCH", SIGWINCH}};
    size_t prefix = strncmp(name, "SIG", 3) == 0 ? 3 : 0;
    size_t size = (size_t)(end - name) - prefix;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        if (strnlen(signals[i].name, sizeof signals[i].name) == size &&
            memcmp(signals[i].name, name + prefix, size) == 0) {
            return signals[i].number;
        }
    }
    int64_t number = parse_digits(name, end, 10);
    return number > 0 && number <= 64 ? (int)number : 0;
}

static bool read_signal(struct options *options, pinetoken_error *error) {
    const char *text = options->values[OPTION_SIGNAL];
    if (text == NULL) {
        return true;
    }
    const char *end = text + strcspn(text, ":");
    options->signal = find_signal(text, end);
    options->pid_file = end + 1;
    return (options->signal > 0 && *end == ':' && end[1] != '\0') ||
           error_set(error, PINETOKEN_USAGE, "--signal: not SIG:PIDFILE, like HUP:/run/nginx.pid",
                     "");
}

/* Options `first` to `last` are those of one command. */
static bool check_owner(const struct options *options, enum option first, enum option last,
                        enum command owner, pinetoken_error *error) {
    for (enum option i = first; i <= last && options->command != owner; i++) {
        if (options->counts[i] > 0) {
            return error_set_parts(
                error, PINETOKEN_USAGE,
                ERROR_PARTS(option_rows[i].name, ": goes with ", command_names[owner], " alone"),
                "see pinetoken --help");
        }
    }
    return true;
}

static bool is_help(const struct options *options) {
    return options->counts[OPTION_HELP] > 0 || options->counts[OPTION_VERSION] > 0;
}

static bool read_api(const struct options *options, pinetoken_error *error) {
    if (!check_owner(options, OPTION_DATA, OPTION_PAGINATE, COMMAND_API, error)) {
        return false;
    }
    if (options->command != COMMAND_API || is_help(options)) {
        return true;
    }
    if (options->path == NULL || options->path[0] != '/') {
        return error_set(error, PINETOKEN_USAGE, "api: what to call is missing",
                         "pinetoken api METHOD PATH, like pinetoken api GET /admin/projects");
    }
    if (options->counts[OPTION_PAGINATE] > 0 &&
        (strcmp(options->method, "GET") != 0 || options->counts[OPTION_INCLUDE] > 0 ||
         options->counts[OPTION_DATA] > 0 || strstr(options->path, "paginationToken=") != NULL)) {
        return error_set(
            error, PINETOKEN_USAGE,
            "--paginate: goes with GET alone, without --include and --data, and from the "
            "first page on",
            "");
    }
    return true;
}

static bool read_agent(struct options *options, pinetoken_error *error) {
    if (!check_owner(options, OPTION_OUT, OPTION_CHECK, COMMAND_AGENT, error)) {
        return false;
    }
    if (options->command == COMMAND_AGENT && !is_help(options) &&
        (options->values[OPTION_OUT] == NULL || options->values[OPTION_OUT][0] == '\0')) {
        return error_set(error, PINETOKEN_USAGE, "agent: the file to keep is missing",
                         "--out FILE");
    }
    return read_mode(options, error) && read_owner(options, error) && read_signal(options, error);
}

static bool check_format(const struct options *options, pinetoken_error *error) {
    return options->counts[OPTION_FORMAT] == 0 || options->command == COMMAND_TOKEN ||
           error_set_parts(error, PINETOKEN_USAGE,
                           ERROR_PARTS("--format: given with ", command_names[options->command],
                                       ", which prints no token"),
                           options->command == COMMAND_AGENT ? "use --out-format" : "");
}

static bool read_values(struct options *options, pinetoken_error *error) {
    int body = 0;
    int roots = 0;
    int format = 0;
    if (!set_choice(options, OPTION_BODY, &body, error) ||
        !set_choice(options, OPTION_CA, &roots, error) ||
        !set_choice(options, options->command == COMMAND_AGENT ? OPTION_OUT_FORMAT : OPTION_FORMAT,
                    &format, error)) {
        return false;
    }
    options->body = (pinetoken_body)body;
    options->roots = (pinetoken_roots)roots;
    options->format = (enum format)format;
    return read_agent(options, error) && read_api(options, error) &&
           check_owner(options, OPTION_JSON, OPTION_JSON, COMMAND_DOCTOR, error) &&
           check_format(options, error) && read_store(options, error) &&
           read_network(options, error);
}

/* ---- arguments ------------------------------------------------------------------------------- */

static bool note(struct options *options, enum option option, const char *value,
                 pinetoken_error *error) {
    const struct option_row *row = &option_rows[option];
    if (option == OPTION_CLIENT_SECRET) {
        return error_set(
            error, PINETOKEN_USAGE,
            "--client-secret: refused, every user of this machine could read it in the list of "
            "processes",
            "use --client-secret-file FILE, '-' for standard input, or PINECONE_CLIENT_SECRET");
    }
    if (options->counts[option] > 0 && !row->repeatable) {
        return error_set_parts(error, PINETOKEN_USAGE, ERROR_PARTS(row->name, ": given twice"),
                               "give it once");
    }
    if (options->lists[option] != NULL) {
        options->lists[option][options->counts[option]] = value;
    }
    options->values[option] = value;
    options->counts[option]++;
    return true;
}

/* Shows the start of what was typed. */
static bool fail_unknown(const char *typed, size_t size, pinetoken_error *error) {
    char shown[OPTION_NAME_MAX + 1];
    struct text text;
    text_init(&text, shown, sizeof shown);
    text_append_printable(&text, typed, size);
    error_begin(error, PINETOKEN_USAGE, shown);
    error_add(error, ": unknown option");
    return error_advise_parts(
        error, ERROR_PARTS("did you mean ", nearest(typed, size), "? see pinetoken --help"));
}

static enum option find_option(const char *name, size_t size) {
    enum option option = 0;
    while (option < OPTION_COUNT && (strlen(option_rows[option].name) != size ||
                                     memcmp(option_rows[option].name, name, size) != 0)) {
        option++;
    }
    return option;
}

/* "--name VALUE" or "--name=VALUE"; *index is moved over what was read. */
static bool read_long(struct options *options, int argc, char **argv, int *index,
                      pinetoken_error *error) {
    const char *argument = argv[*index];
    size_t size = strcspn(argument, "=");
    enum option option = find_option(argument, size);
    if (option == OPTION_COUNT) {
        return fail_unknown(argument, size, error);
    }
    const struct option_row *row = &option_rows[option];
    const char *value = argument[size] == '=' ? argument + size + 1 : NULL;
    if (option_argument(row)[0] == '\0' && value != NULL) {
        return error_set_parts(error, PINETOKEN_USAGE, ERROR_PARTS(row->name, ": takes no value"),
                               "");
    }
    if (option_argument(row)[0] != '\0' && value == NULL) {
        *index += 1;
        if (*index >= argc && option != OPTION_CLIENT_SECRET) {
            error_begin(error, PINETOKEN_USAGE, row->name);
            error_add(error, ": its value is missing");
            return error_advise(error, option_argument(row));
        }
        value = *index < argc ? argv[*index] : "";
    }
    return note(options, option, value, error);
}

/* "-v", "-vv", "-q", in any mixture. */
static bool read_short(struct options *options, const char *argument, pinetoken_error *error) {
    for (const char *letter = argument + 1; *letter != '\0'; letter++) {
        const char name[] = {'-', *letter, '\0'};
        enum option option = find_option(name, 2);
        if (option == OPTION_COUNT) {
            return fail_unknown(name, 2, error);
        }
        if (!note(options, option, argument, error)) {
            return false;
        }
    }
    return true;
}

/* The word itself is not shown: it could be the secret, out of place. */
static bool fail_word(const char *word, int index, pinetoken_error *error) {
    char digits[24];
    struct text number;
    text_init(&number, digits, sizeof digits);
    text_append_number(&number, index);
    error_begin(error, PINETOKEN_USAGE, "argument ");
    error_add(error, digits);
    error_add(error, ": neither an option nor a command");
    return error_advise_parts(
        error, ERROR_PARTS("did you mean ", nearest(word, strlen(word)), "? see pinetoken --help"));
}

static bool read_word(struct options *options, const char *word, int index, bool *has_command,
                      pinetoken_error *error) {
    size_t command = 0;
    if (options->command == COMMAND_API && options->path == NULL) {
        *(options->method == NULL ? &options->method : &options->path) = word;
        return true;
    }
    while (command < COMMANDS && strcmp(word, command_names[command]) != 0) {
        command++;
    }
    if (command == COMMANDS) {
        return fail_word(word, index, error);
    }
    if (!*has_command) {
        options->command = (enum command)command;
        *has_command = true;
        return true;
    }
    if (options->command == COMMAND_HELP && options->topic == NULL) {
        options->topic = command_names[command];
        return true;
    }
    return fail_word(word, index, error);
}

static bool read_arguments(struct options *options, int argc, char **argv, pinetoken_error *error) {
    bool has_command = false;
    for (int index = 1; index < argc; index++) {
        const char *argument = argv[index];
        if (options->command == COMMAND_EXEC && strcmp(argument, "--") == 0) {
            options->arguments = argv + index + 1;
            break;
        }
        bool is_word = argument[0] != '-' || argument[1] == '\0';
        bool taken = is_word              ? read_word(options, argument, index, &has_command, error)
                     : argument[1] == '-' ? read_long(options, argc, argv, &index, error)
                                          : read_short(options, argument, error);
        if (!taken) {
            return false;
        }
    }
    return true;
}

/* What is to be run stands behind "--", so that its options are not taken for ours. */
static bool check_exec(const struct options *options, pinetoken_error *error) {
    if (options->command != COMMAND_EXEC || is_help(options)) {
        return true;
    }
    if (options->arguments == NULL || options->arguments[0] == NULL) {
        return error_set(error, PINETOKEN_USAGE, "exec: what to run is missing",
                         "pinetoken exec [OPTIONS] -- CMD [ARG...]");
    }
    return true;
}

bool options_parse(struct options *options, int argc, char **argv, pinetoken_error *error) {
    int log_format = 0;
    static const enum option listed[] = {OPTION_HEADER, OPTION_PIN, OPTION_RESOLVE};
    const size_t lists = sizeof listed / sizeof listed[0];
    *options = (struct options){.timeout_ms = 30000,
                                .connect_timeout_ms = 10000,
                                .retries = 3,
                                .min_ttl_ms = 300000,
                                .owner = -1,
                                .group = -1};
    options->list_memory = calloc(lists * ((size_t)argc + 1), sizeof *options->list_memory);
    if (options->list_memory == NULL) {
        return error_set(error, PINETOKEN_INTERNAL, "options: out of memory", "");
    }
    for (size_t i = 0; i < lists; i++) {
        options->lists[listed[i]] = options->list_memory + i * ((size_t)argc + 1);
    }
    bool read = read_arguments(options, argc, argv, error) && read_values(options, error) &&
                check_exec(options, error);
    pinetoken_error ignored;
    /* Also where something else is wrong: the error is to come out in this format. */
    bool has_log_format =
        set_choice(options, OPTION_LOG_FORMAT, &log_format, read ? error : &ignored);
    options->log_json = log_format == 1;
    return read && has_log_format;
}

void options_free(struct options *options) {
    free(options->list_memory);
    options->list_memory = NULL;
    memset(options->lists, 0, sizeof options->lists);
}
