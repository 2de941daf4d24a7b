/* What agent does after each new token. */
#ifndef AGENT_HOOKS_H
#define AGENT_HOOKS_H

#include "cli/console.h"

#include <signal.h>
#include <sys/types.h>

struct hooks {
    const struct options *options;
    struct console *console;
    sigset_t mask;  /* what programs are started with */
    pid_t running;  /* of --run; 0: none */
    bool run_again; /* there was another token meanwhile */
};

/* Sends the signal and starts the command, where options ask for them. What goes wrong is a
 * warning. */
void hooks_run(struct hooks *hooks);
/* A child has ended; if it was the command, it may be started again. */
void hooks_note_end(struct hooks *hooks, pid_t pid, int status);

#endif
