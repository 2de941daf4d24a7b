#include "client/shared_level.h"

#include "base/error.h"

#include <string.h>

bool shared_level_open(pinetoken_cache *cache, const pinetoken_config *config, const char *url,
                       pinetoken_error *error) {
    (void)cache;
    (void)config;
    (void)url;
    return error_set(error, PINETOKEN_USAGE, "cache: built without support for Redis",
                     "name a file");
}

void shared_level_wipe(struct shared_level *level) {
    (void)level;
}

void shared_level_close(struct shared_level *level) {
    (void)level;
}

bool shared_level_look(pinetoken_cache *cache, int64_t *left_ms, pinetoken_error *error) {
    (void)cache;
    (void)left_ms;
    (void)error;
    return true;
}

bool shared_level_forget(pinetoken_cache *cache, pinetoken_error *error) {
    (void)cache;
    (void)error;
    return true;
}

bool shared_level_derive_key(pinetoken_span secret, unsigned char key[CACHE_KEY_SIZE]) {
    (void)secret;
    memset(key, 0, CACHE_KEY_SIZE);
    return true;
}

const struct cache_source *shared_flight_source(struct shared_flight *flight,
                                                pinetoken_cache *cache,
                                                const struct cache_source *source,
                                                const pinetoken_cache_policy *policy) {
    (void)flight;
    (void)cache;
    (void)policy;
    return source;
}
