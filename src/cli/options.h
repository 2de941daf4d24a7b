/* The options of one run, from the command line and the environment. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/option_table.h"

enum format { FORMAT_RAW, FORMAT_JSON, FORMAT_HEADER, FORMAT_ENV, FORMAT_CURL };

struct options {
    enum command command;
    enum command topic; /* the command that help is about; COMMAND_COUNT: all */
    const char *method; /* of api */
    const char *path;
    char **arguments; /* the command of exec or agent, after "--", NULL-terminated; borrowed */
    const char *values[OPTION_COUNT]; /* as given, borrowed; NULL: not given */
    unsigned counts[OPTION_COUNT];    /* how often each was given */
    /* The environment's entry, NAME=VALUE, of each that was given there; borrowed. */
    const char *variables[OPTION_COUNT];
    /* Of each option that may be given with several values: NULL-terminated, owned; NULL: not
     * given. */
    const char **lists[OPTION_COUNT];
    const char *unknown_variable; /* an environment entry with a name like ours; NULL: none */
    pinetoken_body body;
    pinetoken_roots roots;
    enum format format; /* format of standard output, or of agent's file */
    pinetoken_family family;
    int64_t connect_timeout_ms;
    int64_t timeout_ms;
    int64_t deadline; /* deadline of the whole command, or of each fetch of agent; monotonic */
    int64_t wait_clock_ms;
    int64_t min_ttl_ms;
    unsigned mode; /* of agent's file */
    int64_t owner; /* and its user and group; -1: as it is */
    int64_t group;
    int signal;           /* 0: none */
    const char *pid_file; /* of whom it is sent to */
    unsigned retries;
    bool log_json;
};

/* Reads argv[1..argc) and, for what is not given there, the variables of `environment`. False:
 * USAGE, INTERNAL. What was read up to there is valid: how to log, for one. No value is ever quoted
 * in an error: it could be a secret in the wrong place. */
PINETOKEN_MUST_USE bool options_parse(struct options *options, int argc, char **argv,
                                      char **environment, pinetoken_error *error);
/* Its time starts here. */
void options_start_timeout(struct options *options);
void options_free(struct options *options);
/* Help or the version is asked for: nothing else of the options matters. */
bool options_ask_help(const struct options *options);

/* Where the value of an option comes from. */
enum option_origin { ORIGIN_DEFAULT, ORIGIN_COMMAND_LINE, ORIGIN_ENVIRONMENT };
enum option_origin options_origin(const struct options *options, enum option option);
/* PINETOKEN_CLIENT_SECRET_FILE and its NUL are the longest. */
#define OPTION_NAME_CAPACITY 32u
/* The name by which it was given, to `out`: --token-url or PINETOKEN_TOKEN_URL. */
const char *options_name(const struct options *options, enum option option,
                         char out[OPTION_NAME_CAPACITY]);
/* A warning about unknown_variable, NUL-terminated, to out. */
#define OPTIONS_WARNING_CAPACITY 256u
void options_describe_unknown(const struct options *options, char out[OPTIONS_WARNING_CAPACITY]);

#endif
