#include "base/build_date.h"
#include "base/error.h"
#include "client/flight.h"
#include "os/clock.h"
#include "os/file.h"

#include <errno.h>
#include <string.h>

static bool lookup_wants(const struct flight *flight, const struct entry *entry) {
    bool is_refreshed =
        flight->has_refreshed &&
        span_equal(entry->digest, (span){flight->refreshed, sizeof flight->refreshed});
    return entry->obtained > flight->policy->newer_than && !is_refreshed;
}

static void lookup_take_entry(const struct flight *flight, size_t size) {
    pinetoken_cache *cache = flight->cache;
    int64_t now = clock_unix();
    if (!entry_read((span){cache->text, size}, &cache->entry)) {
        cache_warn(cache, EVENT_CACHE_DAMAGED, "");
        return;
    }
    if (!span_equal(cache->entry.key, (span){cache->key, sizeof cache->key}) ||
        !lookup_wants(flight, &cache->entry)) {
        return;
    }
    if (now < cache->entry.obtained) {
        cache_warn(cache, EVENT_CACHE_CLOCK_WENT_BACK, "");
    }
    cache->state = entry_state(&cache->entry, now, flight->policy->min_ttl);
}

bool lookup_read(const struct flight *flight) {
    pinetoken_cache *cache = flight->cache;
    size_t size = 0;
    cache->state = ENTRY_EXPIRED;
    if (cache_file_read(&cache->file, cache->text, &size, flight->error)) {
        lookup_take_entry(flight, size);
    } else if (flight->error->status != PINETOKEN_OK) {
        return false;
    } else if (errno != ENOENT) {
        cache_warn(cache, EVENT_CACHE_UNREADABLE, file_reason(errno));
    }
    return true;
}

bool lookup_read_first(struct flight *flight) {
    pinetoken_cache *cache = flight->cache;
    if (!lookup_read(flight)) {
        return false;
    }
    if (flight->policy->refresh && cache->state != ENTRY_EXPIRED) {
        memcpy(flight->refreshed, cache->entry.digest.data, sizeof flight->refreshed);
        flight->has_refreshed = true;
        cache->state = ENTRY_EXPIRED;
    }
    return true;
}

pinetoken_status lookup_return_token(const pinetoken_cache *cache, pinetoken_token *token) {
    int64_t left = cache->entry.expires - clock_unix();
    *token = (pinetoken_token){.access_token = cache->entry.token,
                               .expires_in = left,
                               .expires_at = cache->entry.expires,
                               .obtained_at = cache->entry.obtained};
    log_event(&cache->log, EVENT_CACHE_HIT, SPAN(""), left);
    return PINETOKEN_OK;
}

void lookup_save(pinetoken_cache *cache, const pinetoken_token *token) {
    struct buffer out;
    const struct entry entry = {.key = {cache->key, sizeof cache->key},
                                .obtained = token->obtained_at,
                                .expires = token->expires_at,
                                .token = token->access_token};
    /* With no expiry, or a clock that is not set, nobody knows whether it is still valid. */
    if (token->expires_at < 0 || token->obtained_at < build_date) {
        return;
    }
    buffer_init(&out, cache->text, sizeof cache->text);
    if (!entry_write(&entry, &out) || !cache_file_replace(&cache->file, buffer_span(&out))) {
        cache_warn(cache, EVENT_CACHE_UNWRITABLE, file_reason(errno));
    }
}
