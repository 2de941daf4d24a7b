/* The home of the public configuration: its defaults, its size, and which values are valid. */
#ifndef OAUTH_CONFIG_H
#define OAUTH_CONFIG_H

#include "base/span.h"

/* Whether the caller's struct is the one of this library. USAGE: it is of another version, or was
 * not initialised. */
PINETOKEN_MUST_USE bool config_check_size(const pinetoken_config *config, pinetoken_error *error);
/* Whether every member is valid that needs no more than reading: all but pins and addresses. A
 * client ID that is NULL is valid, because calls need none. USAGE, CREDENTIALS. */
PINETOKEN_MUST_USE bool config_check(const pinetoken_config *config, pinetoken_error *error);
/* Whether it has what a token is fetched with: a valid client ID. CREDENTIALS. */
PINETOKEN_MUST_USE bool config_check_client_id(const pinetoken_config *config,
                                               pinetoken_error *error);

#endif
