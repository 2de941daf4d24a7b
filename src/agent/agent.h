/* The command `agent`. */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "cli/commands.h"

/* Until it is told to end, or cannot begin. */
PINETOKEN_MUST_USE bool cmd_agent(struct invocation *invocation, pinetoken_error *error);

#endif
