/* The cache with a fetch of any kind, for the command, whose worker fetches. */
#ifndef CLIENT_CACHE_H
#define CLIENT_CACHE_H

#include "pinetoken.h"

/* How a new token is fetched, like pinetoken_fetch. The token is borrowed until the next call. */
struct cache_source {
    pinetoken_status (*fetch)(void *user, int64_t timeout_ms, pinetoken_token *token,
                              pinetoken_error *error);
    void *user;
};

/* pinetoken_cache_fetch from another source than a client. */
PINETOKEN_MUST_USE pinetoken_status cache_fetch(pinetoken_cache *cache,
                                                const struct cache_source *source,
                                                const pinetoken_cache_policy *policy,
                                                pinetoken_token *token, pinetoken_error *error);

#endif
