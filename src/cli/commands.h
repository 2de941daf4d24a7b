/* The type of every command: a function that runs once. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/console.h"

/* One run of a command. */
struct invocation {
    struct options *options;
    struct console *console;
    int exit_code; /* exit code of a failed command; 0: the number of the error's status */
};

/* False: `error` says why. */
typedef bool command_fn(struct invocation *invocation, pinetoken_error *error);

PINETOKEN_MUST_USE bool cmd_token(struct invocation *invocation, pinetoken_error *error);
/* Runs the program in place of this process; returns, always false, only if that fails. The exit
 * code is then the shell's 126 or 127. */
PINETOKEN_MUST_USE bool cmd_exec(struct invocation *invocation, pinetoken_error *error);
PINETOKEN_MUST_USE bool cmd_forget(struct invocation *invocation, pinetoken_error *error);
PINETOKEN_MUST_USE bool cmd_help(struct invocation *invocation, pinetoken_error *error);
PINETOKEN_MUST_USE bool cmd_version(struct invocation *invocation, pinetoken_error *error);

#endif
