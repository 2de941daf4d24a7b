/* What goes to standard error: the trace, warnings, the one line of an error. */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include "base/error.h"
#include "cli/options.h"

/* An error as it is printed, and its NUL. */
#define CONSOLE_WARNING_MAX (ERROR_LINE_CAPACITY + 1u)

struct console {
    unsigned verbosity; /* 0: warnings; 1: steps; 2: details */
    bool quiet;         /* no warnings */
    bool json;
    pinetoken_log_fn sink; /* gets every event in place of standard error; NULL: none */
    void *sink_user;
    /* Held back, because a command that fails prints only one line, the error. "": none. */
    char warning[CONSOLE_WARNING_MAX];
    char advice[PINETOKEN_ADVICE_CAPACITY];
};

void console_init(struct console *console, const struct options *options);
/* The most detailed that is shown. */
pinetoken_log_level console_level(const struct console *console);
/* A pinetoken_log_fn's work. */
void console_event(struct console *console, const pinetoken_event *event);
/* Holds a warning back, the latest one; its advice too, if it is an error's. */
void console_warn(struct console *console, const char *text);
void console_warn_error(struct console *console, const pinetoken_error *error);
void console_show_warning(const struct console *console);
void console_error(const struct console *console, const pinetoken_error *error);

#endif
