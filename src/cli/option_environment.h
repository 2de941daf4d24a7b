/* Options given in the environment, as PINETOKEN_TOKEN_URL for --token-url. */
#ifndef CLI_OPTION_ENVIRONMENT_H
#define CLI_OPTION_ENVIRONMENT_H

#include "cli/options.h"

/* Takes from `environment` what the command line does not give. Empty variables count as not set;
 * options that the command does not take are left out, since programs share an environment. False:
 * USAGE, INTERNAL. */
PINETOKEN_MUST_USE bool option_environment_read(struct options *options, char **environment,
                                                pinetoken_error *error);

#endif
