/* A token by the command line: credentials, configuration, client. */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include "console.h"

/* What is done with it, while it is there; the secret is gone by then. */
typedef bool (*fetch_use)(void *user, const pinetoken_token *token, pinetoken_error *error);

/* False: there is none, or `use` failed. */
PINETOKEN_MUST_USE bool fetch_token(const struct options *options, struct console *console,
                                    fetch_use use, void *user, pinetoken_error *error);

#endif
