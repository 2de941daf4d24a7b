/* The command line: one table of options, from which parsing, help and suggestions come. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "pinetoken.h"

enum command {
    COMMAND_TOKEN,
    COMMAND_EXEC,
    COMMAND_AGENT,
    COMMAND_API,
    COMMAND_DOCTOR,
    COMMAND_FORGET,
    COMMAND_HELP
};

/* Indices of the table. */
enum option {
    OPTION_CLIENT_ID,
    OPTION_CLIENT_ID_FILE,
    OPTION_CLIENT_SECRET_FILE,
    OPTION_CLIENT_SECRET, /* exists to fail with an explanation */
    OPTION_TOKEN_URL,
    OPTION_AUDIENCE,
    OPTION_API_VERSION,
    OPTION_BODY,
    OPTION_HEADER,
    OPTION_FORMAT,
    OPTION_CACHE,
    OPTION_NO_CACHE,
    OPTION_MIN_TTL,
    OPTION_REFRESH,
    OPTION_CA,
    OPTION_CA_FILE,
    OPTION_PIN,
    OPTION_PROXY,
    OPTION_NO_PROXY,
    OPTION_RESOLVE,
    OPTION_IPV4,
    OPTION_IPV6,
    OPTION_CONNECT_TIMEOUT,
    OPTION_TIMEOUT,
    OPTION_RETRIES,
    OPTION_WAIT_CLOCK,
    /* Of api alone, to OPTION_PAGINATE. */
    OPTION_DATA,
    OPTION_API_URL,
    OPTION_INCLUDE,
    OPTION_PAGINATE,
    /* Of agent alone, to OPTION_CHECK. */
    OPTION_OUT,
    OPTION_OUT_FORMAT,
    OPTION_MODE,
    OPTION_OWNER,
    OPTION_RUN,
    OPTION_SIGNAL,
    OPTION_METRICS,
    OPTION_ONCE,
    OPTION_CHECK,
    OPTION_JSON, /* of doctor alone */
    OPTION_LOG_FORMAT,
    OPTION_VERBOSE,
    OPTION_QUIET,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_COUNT
};

enum format { FORMAT_RAW, FORMAT_JSON, FORMAT_HEADER, FORMAT_ENV, FORMAT_CURL };

struct options {
    enum command command;
    const char *topic;  /* of help; NULL: all */
    const char *method; /* of api */
    const char *path;
    char **arguments;                 /* of exec, behind "--", NULL-terminated; borrowed */
    const char *values[OPTION_COUNT]; /* as given, borrowed from argv; NULL: not given */
    unsigned counts[OPTION_COUNT];    /* how often each was given */
    /* Of each option that may be given with several values: NULL-terminated; owned, all in one. */
    const char **lists[OPTION_COUNT];
    const char **list_memory;
    pinetoken_body body;
    pinetoken_roots roots;
    enum format format; /* of what goes to standard output, or to agent's file */
    pinetoken_family family;
    int64_t connect_timeout_ms;
    int64_t timeout_ms;
    int64_t wait_clock_ms;
    int64_t min_ttl_ms;
    unsigned mode; /* of agent's file */
    int64_t owner; /* and its user and group; -1: as it is */
    int64_t group;
    int signal;           /* 0: none */
    const char *pid_file; /* of whom it is sent to */
    unsigned retries;
    bool log_json;
    bool ignores_sigpipe; /* this process did when it was started; not from the command line */
};

/* Reads argv[1..argc). False: USAGE. What was read up to there is valid: how to log, for one. No
 * value is ever quoted in an error: it could be a secret in the wrong place. */
PINETOKEN_MUST_USE bool options_parse(struct options *options, int argc, char **argv,
                                      pinetoken_error *error);
void options_free(struct options *options);

/* One row of the table. */
struct option_row {
    const char *name; /* with its dashes; behind its NUL the argument, behind that one's the help */
    bool repeatable;
};
/* By enum command; NULL behind the last one. */
extern const char *const command_names[];
/* "": none; "A|B": one of these. */
const char *option_argument(const struct option_row *row);
/* "": not shown. */
const char *option_help(const struct option_row *row);
extern const struct option_row option_rows[OPTION_COUNT];

#endif
