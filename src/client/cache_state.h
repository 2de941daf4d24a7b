/* The handle of a cache, for the parts that it is made of. */
#ifndef CLIENT_CACHE_STATE_H
#define CLIENT_CACHE_STATE_H

#include "base/log.h"
#include "cache/entry.h"
#include "cache/file.h"
#include "client/cache.h"

struct pinetoken_cache {
    struct log log;
    pinetoken_config hooks; /* only `now` and its user */
    struct cache_file file;
    bool is_open;   /* `file` is */
    int open_error; /* errno: why it is not; 0: none was asked for */
    bool has_warned;
    char key[ENTRY_KEY_SIZE];
    char text[ENTRY_MAX]; /* as read or written last */
    struct entry entry;   /* points into it; valid unless `state` is ENTRY_EXPIRED */
    enum entry_state state;
    struct shared_level *shared; /* after the file, or in place of it; NULL: none */
};

/* Once a fetch: those who wait look often. */
void cache_warn(pinetoken_cache *cache, enum event event, const char *why);

#endif
