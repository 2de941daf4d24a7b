/* The library's configuration, by the command line and the environment. */
#ifndef CLI_CONFIGURATION_H
#define CLI_CONFIGURATION_H

#include "cli/options.h"

/* All but client id, callbacks and memory. */
void configuration_fill(pinetoken_config *config, const struct options *options);
/* The option's value, or `fallback` where it was not given. */
const char *configuration_value(const struct options *options, enum option option,
                                const char *fallback);

#endif
