#include "cli/option_table.h"

#include <string.h>

#define ONLY(command) (1u << COMMAND_##command)
#define FETCHING (ONLY(TOKEN) | ONLY(EXEC) | ONLY(AGENT) | ONLY(API) | ONLY(DOCTOR))
/* forget also accepts options that do not concern it, so that one set of options serves every
 * command. */
#define SHARED (FETCHING | ONLY(FORGET))
#define EVERY (SHARED | ONLY(HELP))
#define CACHED (ONLY(TOKEN) | ONLY(EXEC) | ONLY(AGENT) | ONLY(API))
#define REPEATABLE TRAIT_REPEATABLE
#define COMMAND_LINE TRAIT_COMMAND_LINE

#define FORMATS "raw|json|header|env|curl"

/* One row per line. */
/* clang-format off */
const struct option_row option_rows[OPTION_COUNT] = {
    [OPTION_FORMAT] = {"--format", FORMATS, "format of the token on standard output [raw]", ONLY(TOKEN), GROUP_OWN, VALUE_CHOICE, 0},

    [OPTION_OUT] = {"--out", "FILE", "file to keep up to date; required", ONLY(AGENT), GROUP_OWN, VALUE_FILE, 0},
    [OPTION_OUT_FORMAT] = {"--out-format", FORMATS, "format of the file, like --format of token [raw]", ONLY(AGENT), GROUP_OWN, VALUE_CHOICE, 0},
    [OPTION_MODE] = {"--mode", "MODE", "mode of the file, in octal [0600]", ONLY(AGENT), GROUP_OWN, VALUE_TEXT, 0},
    [OPTION_OWNER] = {"--owner", "UID[:GID]", "owner of the file, in numbers [those of agent]", ONLY(AGENT), GROUP_OWN, VALUE_TEXT, 0},
    [OPTION_RUN] = {"--run", "CMD", "shell command to run after each renewal", ONLY(AGENT), GROUP_OWN, VALUE_TEXT, 0},
    [OPTION_SIGNAL] = {"--signal", "SIG:PIDFILE", "signal to send after each renewal", ONLY(AGENT), GROUP_OWN, VALUE_TEXT, 0},
    [OPTION_METRICS] = {"--metrics", "FILE", "file for metrics in Prometheus text format", ONLY(AGENT), GROUP_OWN, VALUE_FILE, 0},
    [OPTION_ONCE] = {"--once", "", "exit after the first token", ONLY(AGENT), GROUP_OWN, VALUE_NONE, 0},
    [OPTION_CHECK] = {"--check", "", "fetch nothing; exit 0 while the token in FILE is\nvalid, else 9", ONLY(AGENT), GROUP_OWN, VALUE_NONE, COMMAND_LINE},

    [OPTION_DATA] = {"--data", "JSON|@FILE|@-", "body of the request; @- is standard input", ONLY(API), GROUP_OWN, VALUE_DATA, COMMAND_LINE},
    [OPTION_API_URL] = {"--api-url", "URL", "base of PATH [https://api.pinecone.io]", ONLY(API), GROUP_OWN, VALUE_TEXT, 0},
    [OPTION_INCLUDE] = {"--include", "", "print the status line and the header fields too", ONLY(API), GROUP_OWN, VALUE_NONE, 0},
    [OPTION_PAGINATE] = {"--paginate", "", "print all pages of a list as one JSON array", ONLY(API), GROUP_OWN, VALUE_NONE, 0},

    [OPTION_JSON] = {"--json", "", "print the report as JSON", ONLY(DOCTOR), GROUP_OWN, VALUE_NONE, 0},

    [OPTION_CLIENT_ID] = {"--client-id", "ID", "client ID of the account [$PINECONE_CLIENT_ID]", SHARED, GROUP_CREDENTIALS, VALUE_TEXT, 0},
    [OPTION_CLIENT_ID_FILE] = {"--client-id-file", "FILE", "file with the client ID; - is standard input\n[$PINECONE_CLIENT_ID_FILE, else\n$CREDENTIALS_DIRECTORY/pinecone-client-id]", SHARED, GROUP_CREDENTIALS, VALUE_FILE, 0},
    [OPTION_CLIENT_SECRET_FILE] = {"--client-secret-file", "FILE", "file with the client secret; - is standard input\n[$PINECONE_CLIENT_SECRET itself, else\n$PINECONE_CLIENT_SECRET_FILE, else\n$CREDENTIALS_DIRECTORY/pinecone-client-secret]", SHARED, GROUP_CREDENTIALS, VALUE_FILE, 0},
    [OPTION_CLIENT_SECRET] = {"--client-secret", "SECRET", "", EVERY, GROUP_CREDENTIALS, VALUE_TEXT, COMMAND_LINE | TRAIT_HIDDEN},

    [OPTION_TOKEN_URL] = {"--token-url", "URL", "issuer [https://login.pinecone.io/oauth/token]", SHARED, GROUP_REQUEST, VALUE_TEXT, 0},
    [OPTION_AUDIENCE] = {"--audience", "URL", "what the token is for [https://api.pinecone.io/]", SHARED, GROUP_REQUEST, VALUE_TEXT, 0},
    [OPTION_API_VERSION] = {"--api-version", "V", "X-Pinecone-Api-Version header [2025-04]", SHARED, GROUP_REQUEST, VALUE_TEXT, 0},
    [OPTION_BODY] = {"--body", "json|form", "content type of the token request [json]", SHARED, GROUP_REQUEST, VALUE_CHOICE, 0},
    [OPTION_HEADER] = {"--header", "'NAME: VALUE'", "additional header of the request; repeatable", SHARED, GROUP_REQUEST, VALUE_TEXT, REPEATABLE},

    [OPTION_CACHE] = {"--cache", "FILE|DIR/|URL", "token cache; DIR/ has a file for each account;\nURL is of Redis, rediss://[USER@]HOST[:PORT]/;\nrepeatable, the URL last\n[pinetoken/ in $XDG_RUNTIME_DIR, else in\n$XDG_CACHE_HOME, else in ~/.cache]", SHARED, GROUP_CACHE, VALUE_FILE, REPEATABLE},
    [OPTION_CACHE_PASSWORD_FILE] = {"--cache-password-file", "FILE", "file with the password for Redis; - is standard\ninput [$PINETOKEN_CACHE_PASSWORD itself, else\n$CREDENTIALS_DIRECTORY/pinetoken-cache-password]", SHARED, GROUP_CACHE, VALUE_FILE, 0},
    [OPTION_NO_CACHE] = {"--no-cache", "", "neither read nor write a cache", SHARED, GROUP_CACHE, VALUE_NONE, 0},
    [OPTION_MIN_TTL] = {"--min-ttl", "SECONDS", "minimum remaining lifetime of a cached token [300]", CACHED, GROUP_CACHE, VALUE_TEXT, 0},
    [OPTION_REFRESH] = {"--refresh", "", "fetch a new token even if the cached one is fresh", CACHED, GROUP_CACHE, VALUE_NONE, 0},

    [OPTION_CA] = {"--ca", "auto|system|builtin", "trust anchors; auto takes the system's if there are\nany, else the built-in ones [auto]", SHARED, GROUP_TRUST, VALUE_CHOICE, 0},
    [OPTION_CA_FILE] = {"--ca-file", "PEM", "take only the trust anchors in this file", SHARED, GROUP_TRUST, VALUE_FILE, 0},
    [OPTION_PIN] = {"--pin", "sha256//BASE64", "SPKI pin of a certificate in the verified chain;\nrepeatable", SHARED, GROUP_TRUST, VALUE_TEXT, REPEATABLE},

    [OPTION_PROXY] = {"--proxy", "URL", "http|socks5|socks5h://[USER:PASSWORD@]HOST[:PORT]\n[$https_proxy, $HTTPS_PROXY, $all_proxy, $ALL_PROXY]", SHARED, GROUP_NETWORK, VALUE_TEXT, 0},
    [OPTION_NO_PROXY] = {"--no-proxy", "", "no proxy [for the hosts in $no_proxy or $NO_PROXY]", SHARED, GROUP_NETWORK, VALUE_NONE, 0},
    [OPTION_RESOLVE] = {"--resolve", "HOST:PORT:ADDR[,ADDR...]", "addresses to use instead of DNS; repeatable", SHARED, GROUP_NETWORK, VALUE_TEXT, REPEATABLE},
    [OPTION_IPV4] = {"-4", "", "use only IPv4 [both]", SHARED, GROUP_NETWORK, VALUE_NONE, 0},
    [OPTION_IPV6] = {"-6", "", "use only IPv6 [both]", SHARED, GROUP_NETWORK, VALUE_NONE, 0},
    [OPTION_CONNECT_TIMEOUT] = {"--connect-timeout", "SECONDS", "limit of one connection: TCP, proxy, TLS [10]", SHARED, GROUP_NETWORK, VALUE_TEXT, 0},
    [OPTION_TIMEOUT] = {"--timeout", "SECONDS", "limit of everything, retries included [30]", SHARED, GROUP_NETWORK, VALUE_TEXT, 0},
    [OPTION_RETRIES] = {"--retries", "N", "retries after transient errors [3]", SHARED, GROUP_NETWORK, VALUE_TEXT, 0},
    [OPTION_WAIT_CLOCK] = {"--wait-clock", "SECONDS", "wait up to this long for a clock that is older than\nthe program to be set [0]", SHARED, GROUP_NETWORK, VALUE_TEXT, 0},

    [OPTION_VERBOSE] = {"-v", "", "log each step on standard error; -vv: in detail", EVERY, GROUP_GENERAL, VALUE_NONE, REPEATABLE},
    [OPTION_QUIET] = {"-q", "", "no warnings", EVERY, GROUP_GENERAL, VALUE_NONE, 0},
    [OPTION_LOG_FORMAT] = {"--log-format", "text|json", "format of log, warnings and errors [text]", EVERY, GROUP_GENERAL, VALUE_CHOICE, 0},
    [OPTION_HELP] = {"--help", "", "print help; after a command: on that command", EVERY, GROUP_GENERAL, VALUE_NONE, COMMAND_LINE},
    [OPTION_VERSION] = {"--version", "", "print the versions of pinetoken and its parts", EVERY, GROUP_GENERAL, VALUE_NONE, COMMAND_LINE},
};
/* clang-format on */

const struct command_row command_rows[COMMAND_COUNT] = {
    [COMMAND_TOKEN] = {.name = "token",
                       .arguments = "[OPTIONS]",
                       .summary =
                           "print an access token, the cached one while it is fresh [default]",
                       .details = "",
                       .examples = {"pinetoken --format json",
                                    "eval \"$(pinetoken --format env)\""}},
    [COMMAND_EXEC] =
        {.name = "exec",
         .arguments = "[OPTIONS] -- CMD [ARG...]",
         .summary = "run a program with PINECONE_ACCESS_TOKEN in its environment",
         .details =
             "CMD takes the place of pinetoken and does not get the client secret. The exit\n"
             "status is CMD's; 126 if it cannot be run, 127 if it is not found.\n",
         .examples = {"pinetoken exec -- ./job --all",
                      "pinetoken exec --refresh -- sh -c 'echo \"$PINECONE_ACCESS_TOKEN\"'"}},
    [COMMAND_AGENT] =
        {.name = "agent",
         .arguments = "--out FILE [OPTIONS] [-- CMD [ARG...]]",
         .summary = "keep a file up to date with a valid token until stopped",
         .details =
             "SIGHUP reads the credentials again and renews the token, SIGUSR1 renews it. CMD\n"
             "is run after each renewal, like --run, but without a shell.\n",
         .examples = {"pinetoken agent --out /run/app/token --run 'systemctl reload app'",
                      "pinetoken agent --out /run/app/token --check"}},
    [COMMAND_API] =
        {.name = "api",
         .arguments = "METHOD PATH [OPTIONS]",
         .summary = "call the Admin API with the token, print the body of the response",
         .details = "The exit status is 22 if the final HTTP status is not 2xx.\n",
         .examples = {"pinetoken api GET /admin/projects --paginate",
                      "pinetoken api POST /admin/projects --data '{\"name\":\"demo\"}'"}},
    [COMMAND_DOCTOR] = {.name = "doctor",
                        .arguments = "[OPTIONS]",
                        .summary = "check a fetch step by step, advise on the step that fails",
                        .details = "",
                        .examples = {"pinetoken doctor", "pinetoken doctor --json --timeout 5"}},
    [COMMAND_FORGET] = {.name = "forget",
                        .arguments = "[OPTIONS]",
                        .summary = "delete the cached token",
                        .details = "",
                        .examples = {"pinetoken forget",
                                     "pinetoken forget --client-id ID --cache ./cache/"}},
    [COMMAND_HELP] = {.name = "help",
                      .arguments = "[COMMAND]",
                      .summary = "print help on a command: its options, defaults and examples",
                      .details = "",
                      .examples = {"pinetoken help agent", "pinetoken api --help"}},
};

const char *const option_groups[GROUP_COUNT] = {
    [GROUP_OWN] = "Options",     [GROUP_CREDENTIALS] = "Credentials",
    [GROUP_REQUEST] = "Request", [GROUP_CACHE] = "Cache",
    [GROUP_TRUST] = "Trust",     [GROUP_NETWORK] = "Network",
    [GROUP_GENERAL] = "General",
};

enum command command_find(span name) {
    enum command command = 0;
    while (command < COMMAND_COUNT && !span_equal(span_text(command_rows[command].name), name)) {
        command++;
    }
    return command;
}

enum option option_find(span name) {
    enum option option = 0;
    while (option < OPTION_COUNT && !span_equal(span_text(option_rows[option].name), name)) {
        option++;
    }
    return option;
}

static const struct {
    char letter;
    enum option option;
} letters[] = {{'4', OPTION_IPV4},  {'6', OPTION_IPV6}, {'v', OPTION_VERBOSE},
               {'q', OPTION_QUIET}, {'h', OPTION_HELP}, {'V', OPTION_VERSION}};

enum option option_find_letter(char letter) {
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        if (letters[i].letter == letter) {
            return letters[i].option;
        }
    }
    return OPTION_COUNT;
}

char option_letter(enum option option) {
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        if (letters[i].option == option) {
            return letters[i].letter;
        }
    }
    return '\0';
}

bool option_takes_value(enum option option) {
    return option_rows[option].value != VALUE_NONE;
}

bool option_has_trait(enum option option, enum option_trait trait) {
    return (option_rows[option].traits & trait) != 0;
}

bool option_is_taken(enum option option, enum command command) {
    return (option_rows[option].commands >> command & 1u) != 0;
}

enum option option_rival(enum option option) {
    static const struct {
        enum option one;
        enum option other;
    } rivals[] = {{OPTION_CACHE, OPTION_NO_CACHE},
                  {OPTION_PROXY, OPTION_NO_PROXY},
                  {OPTION_IPV4, OPTION_IPV6},
                  {OPTION_CLIENT_ID, OPTION_CLIENT_ID_FILE},
                  {OPTION_CA, OPTION_CA_FILE}};
    for (size_t i = 0; i < sizeof rivals / sizeof rivals[0]; i++) {
        if (rivals[i].one == option || rivals[i].other == option) {
            return rivals[i].one == option ? rivals[i].other : rivals[i].one;
        }
    }
    return OPTION_COUNT;
}

enum option option_counterpart(enum option option, enum command command) {
    static const enum option formats[] = {OPTION_FORMAT, OPTION_OUT_FORMAT, OPTION_JSON};
    const size_t count = sizeof formats / sizeof formats[0];
    bool is_format = false;
    for (size_t i = 0; i < count; i++) {
        is_format = is_format || formats[i] == option;
    }
    for (size_t i = 0; is_format && i < count; i++) {
        if (option_is_taken(formats[i], command)) {
            return formats[i];
        }
    }
    return OPTION_COUNT;
}

const char *option_letters(enum option option) {
    const char *name = option_rows[option].name;
    while (*name == '-') {
        name++;
    }
    return name;
}

/* Names are of lower-case letters, digits and dashes. */
static char option_variable_letter(char letter) {
    if (letter >= 'a') {
        return (char)(letter - 'a' + 'A');
    }
    if (letter == '-') {
        return '_';
    }
    return letter;
}

void option_append_variable(enum option option, struct buffer *out) {
    buffer_append(out, SPAN(OPTION_VARIABLE_PREFIX));
    for (const char *letter = option_letters(option); *letter != '\0'; letter++) {
        buffer_append_byte(out, option_variable_letter(*letter));
    }
}

static bool option_is_variable(enum option option, span name) {
    const char *bare = option_letters(option);
    size_t i = 0;
    while (i < name.size && option_variable_letter(bare[i]) == name.data[i]) {
        i++;
    }
    return i == name.size && bare[i] == '\0';
}

enum option option_find_variable(span name) {
    enum option option = 0;
    while (option < OPTION_COUNT && !option_is_variable(option, name)) {
        option++;
    }
    return option;
}
