#include "client/cache_state.h"

void cache_warn(pinetoken_cache *cache, enum event event, const char *why) {
    if (!cache->has_warned) {
        log_event(&cache->log, event, span_text(why), -1);
    }
    cache->has_warned = true;
}
