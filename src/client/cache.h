/* The cache with a fetch of any kind, for the command, whose worker fetches. */
#ifndef CLIENT_CACHE_H
#define CLIENT_CACHE_H

#include "pinetoken.h"

#define CACHE_IDENTITY_SIZE 64u
#define CACHE_KEY_SIZE 32u

/* What a secret makes of a cache. */
struct cache_identity {
    char text[CACHE_IDENTITY_SIZE]; /* digest of the secret and the route: who would fail the same
                                       way */
    unsigned char *key; /* CACHE_KEY_SIZE bytes, for the values of a shared cache; NULL: not wanted
                         */
};

/* How a new token is fetched, like pinetoken_fetch. The token is borrowed until the next call. */
struct cache_source {
    /* Once, before other processes are kept waiting: reads what the fetch will need, and tells by
     * cache_identify with whom it would share a failure. NULL: with everybody, and a shared cache
     * is not asked. */
    bool (*prepare)(void *user, struct cache_identity *identity, pinetoken_error *error);
    pinetoken_status (*fetch)(void *user, int64_t timeout_ms, pinetoken_token *token,
                              pinetoken_error *error);
    void *user;
};

/* False: it cannot be computed. */
PINETOKEN_MUST_USE bool cache_identify(const pinetoken_config *config, pinetoken_span secret,
                                       struct cache_identity *identity);
/* In a process that has no use for them: the tokens that were read last, and keys. */
void cache_wipe_token(pinetoken_cache *cache);

/* pinetoken_cache_fetch from another source than a client. */
PINETOKEN_MUST_USE pinetoken_status cache_fetch(pinetoken_cache *cache,
                                                const struct cache_source *source,
                                                const pinetoken_cache_policy *policy,
                                                pinetoken_token *token, pinetoken_error *error);

#endif
