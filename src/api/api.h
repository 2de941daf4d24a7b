/* The command `api`. */
#ifndef API_API_H
#define API_API_H

#include "cli/console.h"

/* False with *exec_status 22: there was an answer, but no 2xx. */
PINETOKEN_MUST_USE bool cmd_api(const struct options *options, struct console *console,
                                int *exec_status, pinetoken_error *error);

#endif
