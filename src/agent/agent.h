/* The command `agent`. */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "cli/commands.h"

/* Returns when it is stopped, or if it cannot start. */
PINETOKEN_MUST_USE bool cmd_agent(struct invocation *invocation, pinetoken_error *error);

#endif
