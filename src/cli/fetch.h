/* A token by the command line: from the store, or from the issuer by a process that is locked
 * down. */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include "cli/credentials.h"

/* What is done with it, while it is there. */
typedef bool (*fetch_use)(void *user, const pinetoken_token *token, pinetoken_error *error);

struct fetch {
    const struct options *options;
    struct console *console;
    pinetoken_cache_policy demand;         /* min_ttl is the options' */
    const struct credentials *credentials; /* NULL: to be found */
    fetch_use use;
    void *user;
    bool goes_on; /* there may be another one: the environment stays as it is */
    bool no_store;
    int kept_output; /* a descriptor that the worker writes to, beside standard error; 0: none */
    bool *is_new;    /* set to whether it was fetched just now; NULL: nobody asks */
};

/* False: there is no token, or `use` failed. */
PINETOKEN_MUST_USE bool fetch_token(const struct fetch *fetch, pinetoken_error *error);
/* Drops the kept one. */
PINETOKEN_MUST_USE bool fetch_forget(const struct options *options, struct console *console,
                                     pinetoken_error *error);

#endif
