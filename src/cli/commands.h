/* The commands that print, run or drop a token, one a file. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/console.h"

PINETOKEN_MUST_USE bool cmd_token(struct options *options, struct console *console,
                                  pinetoken_error *error);
/* Runs it in this process's place; returns, always false, only where it cannot. `exec_status` is
 * then the shell's 126 or 127, or 0 where the error's own status counts. */
PINETOKEN_MUST_USE bool cmd_exec(const struct options *options, struct console *console,
                                 int *exec_status, pinetoken_error *error);
PINETOKEN_MUST_USE bool cmd_forget(const struct options *options, struct console *console,
                                   pinetoken_error *error);
PINETOKEN_MUST_USE bool cmd_help(pinetoken_error *error);
PINETOKEN_MUST_USE bool cmd_version(pinetoken_error *error);

#endif
