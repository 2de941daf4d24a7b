/* A shared cache on Redis or Valkey, in place of the cache's file or after it: single flight of
 * many systems. shared_none.c stands for all of it in a build without. */
#ifndef CLIENT_SHARED_LEVEL_H
#define CLIENT_SHARED_LEVEL_H

#include "client/cache_state.h"
#include "sandbox/sandbox.h"

/* Nothing is connected to. False: USAGE, INTERNAL. */
PINETOKEN_MUST_USE bool shared_level_open(pinetoken_cache *cache, const pinetoken_config *config,
                                          const char *url, pinetoken_error *error);
/* NULL is fine for both. */
void shared_level_wipe(struct shared_level *level);
void shared_level_close(struct shared_level *level);
/* Whether the server of a shared cache can be used, for a diagnosis: *left_ms is how long it has
 * the token for; -1: for good; -2: it has none. False: it cannot be reached, or refuses. */
PINETOKEN_MUST_USE bool shared_level_look(pinetoken_cache *cache, int64_t *left_ms,
                                          pinetoken_error *error);
/* Removes the token, if there is a shared cache. False: it cannot be reached, or refuses. */
PINETOKEN_MUST_USE bool shared_level_forget(pinetoken_cache *cache, pinetoken_error *error);
/* False: it could not be computed. */
PINETOKEN_MUST_USE bool shared_level_derive_key(pinetoken_span secret,
                                                unsigned char key[CACHE_KEY_SIZE]);

/* One fetch through it. */
struct shared_flight {
    pinetoken_cache *cache;
    const struct cache_source *source;
    const pinetoken_cache_policy *policy;
    int64_t deadline;
    int64_t wait_until; /* for another system that fetches */
    pinetoken_error *error;
    bool is_prepared; /* the level has identity and key */
    bool has_stale;   /* level->entry: valid, but to be renewed */
    struct cache_source outer;
};
/* Where a fetch of `cache` gets its token: `source` itself if no cache is shared, else the shared
 * cache with `source` after it. All of it is borrowed. */
const struct cache_source *shared_flight_source(struct shared_flight *flight,
                                                pinetoken_cache *cache,
                                                const struct cache_source *source,
                                                const pinetoken_cache_policy *policy);

#endif
