/* The commands, one a file. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "console.h"

PINETOKEN_MUST_USE bool cmd_token(struct options *options, struct console *console,
                                  pinetoken_error *error);
/* Runs it in this process's place; returns, always false, only where it cannot. `exec_status` is
 * then the shell's 126 or 127, or 0 where the error's own status counts. */
PINETOKEN_MUST_USE bool cmd_exec(const struct options *options, struct console *console,
                                 int *exec_status, pinetoken_error *error);
/* Until it is told to end, or cannot begin. */
PINETOKEN_MUST_USE bool cmd_agent(const struct options *options, struct console *console,
                                  pinetoken_error *error);
PINETOKEN_MUST_USE bool cmd_forget(const struct options *options, struct console *console,
                                   pinetoken_error *error);
/* False with *exec_status 22: there was an answer, but no 2xx. */
PINETOKEN_MUST_USE bool cmd_api(const struct options *options, struct console *console,
                                int *exec_status, pinetoken_error *error);
/* False too where it found what is wrong. */
PINETOKEN_MUST_USE bool cmd_doctor(struct options *options, struct console *console,
                                   pinetoken_error *error);
PINETOKEN_MUST_USE bool cmd_help(pinetoken_error *error);
PINETOKEN_MUST_USE bool cmd_version(pinetoken_error *error);

#endif
