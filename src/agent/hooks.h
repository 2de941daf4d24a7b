/* What agent does after each new token: a signal to a process, a command. */
#ifndef AGENT_HOOKS_H
#define AGENT_HOOKS_H

#include "cli/console.h"

#include <signal.h>
#include <sys/types.h>

struct hooks {
    const struct options *options;
    struct console *console;
    pid_t running;   /* --run; 0: no */
    bool run_again;  /* there was another token meanwhile */
    int exit_status; /* exit status of the last command that ended, as a shell reports it */
};

/* Sends the signal and starts the command, if options ask for them. What goes wrong is a warning.
 */
void hooks_run(struct hooks *hooks);
/* For an agent that runs once: whether the command succeeded. */
PINETOKEN_MUST_USE bool hooks_succeeded(const struct hooks *hooks, pinetoken_error *error);
/* A child has ended; if it was the command, it may be started again. */
void hooks_reaped(struct hooks *hooks, pid_t pid, int status);

#endif
