/* The command `api`. */
#ifndef API_API_H
#define API_API_H

#include "cli/commands.h"

/* False with exit code 22: the status of the final response is not 2xx. */
PINETOKEN_MUST_USE bool cmd_api(struct invocation *invocation, pinetoken_error *error);

#endif
