/* A token by the command line: from the store, or from the issuer by a process that is locked
 * down. */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include "console.h"

/* What is done with it, while it is there; the secret is gone by then. */
typedef bool (*fetch_use)(void *user, const pinetoken_token *token, pinetoken_error *error);

/* False: there is none, or `use` failed. `refresh`: not the one that is kept. */
PINETOKEN_MUST_USE bool fetch_token(const struct options *options, bool refresh,
                                    struct console *console, fetch_use use, void *user,
                                    pinetoken_error *error);
/* Drops the kept one. */
PINETOKEN_MUST_USE bool fetch_forget(const struct options *options, struct console *console,
                                     pinetoken_error *error);

#endif
