/* The configuration of the library, from the options and from variables that other programs use
 * too. */
#ifndef CLI_CONFIGURATION_H
#define CLI_CONFIGURATION_H

#include "cli/options.h"

/* All but client ID, callbacks and memory. */
void configuration_fill(pinetoken_config *config, const struct options *options);
/* USAGE: a value that the library would refuse. */
PINETOKEN_MUST_USE bool configuration_check(const struct options *options, pinetoken_error *error);
/* Reads the trust anchors now if whoever comes later cannot: from a pipe, --ca-file <(command), or
 * another descriptor of this process. TLS, TIMEOUT. */
PINETOKEN_MUST_USE bool configuration_read_roots(const struct options *options,
                                                 pinetoken_error *error);
/* The option's value, or `fallback` if it was not given. */
const char *configuration_value(const struct options *options, enum option option,
                                const char *fallback);
/* The names of the general variables in force: of the proxy, of the hosts without one, of the trust
 * anchors; NULL: not set, or an option takes its place. */
#define CONFIGURATION_VARIABLES 3u
void configuration_name_variables(const struct options *options,
                                  const char *names[CONFIGURATION_VARIABLES]);
/* Puts the name of the option or variable before the library's error about its value, which cannot
 * know it. Other errors stay as they are. */
void configuration_name_option(const struct options *options, pinetoken_error *error);

#endif
