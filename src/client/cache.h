/* The cache with a fetch of any kind, for the command, whose worker fetches. */
#ifndef CLIENT_CACHE_H
#define CLIENT_CACHE_H

#include "pinetoken.h"

#define CACHE_IDENTITY_SIZE 64u

/* How a new token is fetched, like pinetoken_fetch. The token is borrowed until the next call. */
struct cache_source {
    /* Once, before other processes are kept waiting: reads what the fetch will need, and tells by
     * cache_identity with whom it would share a failure. NULL: with everybody. */
    bool (*prepare)(void *user, char identity[CACHE_IDENTITY_SIZE], pinetoken_error *error);
    pinetoken_status (*fetch)(void *user, int64_t timeout_ms, pinetoken_token *token,
                              pinetoken_error *error);
    void *user;
};

/* Of the secret and the route. False: it cannot be computed. */
PINETOKEN_MUST_USE bool cache_identity(const pinetoken_config *config, pinetoken_span secret,
                                       char out[CACHE_IDENTITY_SIZE]);
/* In a process that has no use for it: the token that was read last. */
void cache_wipe_token(pinetoken_cache *cache);

/* pinetoken_cache_fetch from another source than a client. */
PINETOKEN_MUST_USE pinetoken_status cache_fetch(pinetoken_cache *cache,
                                                const struct cache_source *source,
                                                const pinetoken_cache_policy *policy,
                                                pinetoken_token *token, pinetoken_error *error);

#endif
