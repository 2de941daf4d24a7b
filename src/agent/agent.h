/* The command `agent`. */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "cli/console.h"

/* Until it is told to end, or cannot begin. */
PINETOKEN_MUST_USE bool cmd_agent(const struct options *options, struct console *console,
                                  pinetoken_error *error);

#endif
