/* The cache's file with single flight: of all who want the same token at once, one process fetches
 * it, and the others wait for what comes of that. */
#ifndef CLIENT_FLIGHT_H
#define CLIENT_FLIGHT_H

#include "client/cache_state.h"

/* One fetch through the cache, from the first read to the token. */
struct flight {
    pinetoken_cache *cache;
    const struct cache_source *source;
    const pinetoken_cache_policy *policy;
    int64_t deadline;
    pinetoken_error *error;
    struct cache_identity identity;
    /* Set by flight_run and what it calls. */
    bool has_refreshed; /* the entry of this digest is not wanted: there is to be a new one */
    char refreshed[ENTRY_KEY_SIZE];
};

/* The token from the file, or from the source. */
pinetoken_status flight_run(struct flight *flight, pinetoken_token *token);

/* ---- the file, without the lock (lookup.c) --------------------------------------------------- */

/* What is in the file now, to the cache. False: it is not safe to use. */
PINETOKEN_MUST_USE bool lookup_read(const struct flight *flight);
/* The first time: a refresh is for another token than the one that is there now. */
PINETOKEN_MUST_USE bool lookup_read_first(struct flight *flight);
/* What was read is the result. */
pinetoken_status lookup_return_token(const pinetoken_cache *cache, pinetoken_token *token);
/* Stores it. */
void lookup_save(pinetoken_cache *cache, const pinetoken_token *token);

#endif
