/* The commands, one a file. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "console.h"

PINETOKEN_MUST_USE bool cmd_token(const struct options *options, struct console *console,
                                  pinetoken_error *error);
PINETOKEN_MUST_USE bool cmd_help(pinetoken_error *error);
PINETOKEN_MUST_USE bool cmd_version(pinetoken_error *error);

#endif
