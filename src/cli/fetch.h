/* A token for the command line: from the cache, or from the issuer, fetched in a sandbox. */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include "cli/credentials.h"

/* Uses the token, which is borrowed for the call. */
typedef bool (*fetch_use_fn)(void *user, const pinetoken_token *token, pinetoken_error *error);

struct fetch {
    const struct options *options;
    struct console *console;
    pinetoken_cache_policy policy; /* min_ttl is the options' */
    struct credentials
        *credentials; /* NULL: to be found; wiped in a worker that has no use for it */
    fetch_use_fn use;
    void *user;
    bool may_fetch_again; /* in this process: the environment stays as it is */
    bool without_cache;
    bool *is_new; /* set to whether the token was fetched just now; NULL: nobody asks */
};

/* False: there is no token, or `use` failed. */
PINETOKEN_MUST_USE bool fetch_token(const struct fetch *fetch, pinetoken_error *error);
/* Whether the server of the shared cache that the options name can be used; *left_ms as for
 * shared_level_look. */
PINETOKEN_MUST_USE bool fetch_look(const struct fetch *fetch, int64_t *left_ms,
                                   pinetoken_error *error);
/* Removes the cached token. */
PINETOKEN_MUST_USE bool fetch_forget(const struct options *options, struct console *console,
                                     pinetoken_error *error);

#endif
