/* The one table of commands and options. The parser, the environment, help, suggestions, shell
 * completions and the check of the manual page read it. */
#ifndef CLI_OPTION_TABLE_H
#define CLI_OPTION_TABLE_H

#include "base/buffer.h"

/* Indices of command_rows. */
enum command {
    COMMAND_TOKEN,
    COMMAND_EXEC,
    COMMAND_AGENT,
    COMMAND_API,
    COMMAND_DOCTOR,
    COMMAND_FORGET,
    COMMAND_HELP,
    COMMAND_COUNT
};

/* Indices of option_rows. */
enum option {
    OPTION_FORMAT,
    OPTION_OUT,
    OPTION_OUT_FORMAT,
    OPTION_MODE,
    OPTION_OWNER,
    OPTION_RUN,
    OPTION_SIGNAL,
    OPTION_METRICS,
    OPTION_ONCE,
    OPTION_CHECK,
    OPTION_DATA,
    OPTION_API_URL,
    OPTION_INCLUDE,
    OPTION_PAGINATE,
    OPTION_JSON,
    OPTION_CLIENT_ID,
    OPTION_CLIENT_ID_FILE,
    OPTION_CLIENT_SECRET_FILE,
    OPTION_CLIENT_SECRET, /* exists only to fail with an explanation */
    OPTION_TOKEN_URL,
    OPTION_AUDIENCE,
    OPTION_API_VERSION,
    OPTION_BODY,
    OPTION_HEADER,
    OPTION_CACHE,
    OPTION_CACHE_PASSWORD_FILE,
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
    OPTION_VERBOSE,
    OPTION_QUIET,
    OPTION_LOG_FORMAT,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_COUNT
};

/* What an option takes. */
enum option_value {
    VALUE_NONE,   /* nothing: it is a switch */
    VALUE_TEXT,   /* whatever its argument, a placeholder, stands for */
    VALUE_FILE,   /* the name of a file */
    VALUE_DATA,   /* text, or the name of a file after "@" */
    VALUE_CHOICE, /* one of the words in its argument, "a|b|c" */
};

enum option_group {
    GROUP_OWN, /* of one command */
    GROUP_CREDENTIALS,
    GROUP_REQUEST,
    GROUP_CACHE,
    GROUP_TRUST,
    GROUP_NETWORK,
    GROUP_GENERAL,
    GROUP_COUNT
};

/* Bits of option_row.traits. */
enum option_trait {
    TRAIT_REPEATABLE = 1,
    TRAIT_COMMAND_LINE = 2, /* not from the environment */
    TRAIT_HIDDEN = 4,       /* in no help, suggestion or completion */
};

struct option_row {
    const char *name;     /* with its dashes */
    const char *argument; /* of VALUE_NONE: "" */
    const char *help;     /* lines of at most OPTION_HELP_MAX bytes; each default in brackets */
    uint8_t commands;     /* that take it: bit 1 << COMMAND_... */
    uint8_t group;        /* enum option_group */
    uint8_t value;        /* enum option_value */
    uint8_t traits;       /* of enum option_trait */
};

/* What is left of 80 columns after the options' names. */
#define OPTION_HELP_MAX 52u

struct command_row {
    const char *name;
    const char *arguments; /* of the synopsis */
    const char *summary;   /* a line of the general help */
    const char *details;   /* lines, for its own help; "": none */
    const char *examples[2];
};

extern const struct option_row option_rows[OPTION_COUNT];
extern const struct command_row command_rows[COMMAND_COUNT];
extern const char *const option_groups[GROUP_COUNT];

/* COMMAND_COUNT: no command has this name. */
enum command command_find(span name);
/* By "--name", or "-n" for one whose only name is a letter. OPTION_COUNT: there is none. */
enum option option_find(span name);
enum option option_find_letter(char letter);
/* Its short name; NUL: none. */
char option_letter(enum option option);
bool option_takes_value(enum option option);
bool option_has_trait(enum option option, enum option_trait trait);
bool option_is_taken(enum option option, enum command command);
/* The option that overrides this one: --no-cache for --cache, and vice versa. OPTION_COUNT: there
 * is none. */
enum option option_rival(enum option option);
/* The option that does the same for this command: agent's --out-format for token's --format.
 * OPTION_COUNT: there is none. */
enum option option_counterpart(enum option option, enum command command);
/* Without its dashes. */
const char *option_letters(enum option option);

/* The environment's form of an option's name: PINETOKEN_TOKEN_URL. */
#define OPTION_VARIABLE_PREFIX "PINETOKEN_"
void option_append_variable(enum option option, struct buffer *out);
/* By the form of its variable, without the prefix: TOKEN_URL. OPTION_COUNT: there is none. */
enum option option_find_variable(span name);

#endif
