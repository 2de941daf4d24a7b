/* Whether the files that agent is to write are ones that it may: before the first fetch. */
#ifndef AGENT_PATHS_H
#define AGENT_PATHS_H

#include "cli/options.h"

/* USAGE, LOCAL: --out or --metrics is not a file of its own. */
PINETOKEN_MUST_USE bool paths_check(const struct options *options, pinetoken_error *error);

#endif
