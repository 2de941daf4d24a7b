#include "client/flight.h"

#include "base/deadline.h"
#include "base/error.h"
#include "cache/note.h"
#include "os/clock.h"
#include "os/hooks.h"
#include "os/random.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* How often those who wait look for a new token, and for the lock. */
#define CACHE_POLL_MS 20

enum flight_state {
    FLIGHT_WAITS,  /* another process fetches, or who fetches is not settled yet */
    FLIGHT_CACHED, /* the cached token will do */
    FLIGHT_FETCHES,
    FLIGHT_FAILED /* flight->error says why */
};

static enum flight_state flight_time_out(const struct flight *flight) {
    error_begin(flight->error, PINETOKEN_TIMEOUT,
                "timeout: the time ran out in waiting for the lock of ");
    error_add_quoted(flight->error, span_text(flight->cache->file.name));
    error_add(flight->error, ": another process fetches the same token");
    error_advise(flight->error, "give a larger --timeout");
    return FLIGHT_FAILED;
}

static enum flight_state flight_wait(const struct flight *flight) {
    int left = deadline_left(flight->deadline, clock_monotonic_ms(), CACHE_POLL_MS);
    if (left == 0) {
        return flight_time_out(flight);
    }
    poll(NULL, 0, left);
    if (!lookup_read(flight)) {
        return FLIGHT_FAILED;
    }
    return flight->cache->state == ENTRY_FRESH ? FLIGHT_CACHED : FLIGHT_WAITS;
}

static span flight_identity(const struct flight *flight) {
    return (span){flight->identity.text, sizeof flight->identity.text};
}

/* The process that fetched is done, and there is no fresh token: a stale one will do, otherwise its
 * failure is ours, too. Without a note it was killed, or its failure was its own. */
static enum flight_state flight_share(const struct flight *flight, span note) {
    if (flight->cache->state == ENTRY_STALE) {
        return FLIGHT_CACHED;
    }
    if (!note_take_identity(&note, flight_identity(flight)) || !note_read(note, flight->error)) {
        return FLIGHT_WAITS;
    }
    error_add(flight->error, "; reported by another process that asked at the same time");
    return FLIGHT_FAILED;
}

static enum flight_state flight_try_lock(const struct flight *flight) {
    pinetoken_cache *cache = flight->cache;
    char data[NOTE_MAX];
    struct buffer note;
    buffer_init(&note, data, sizeof data);
    enum lock_state lock = cache_file_try_lock(&cache->file, flight->deadline, &note);
    if (lock == LOCK_BUSY) {
        return cache->state == ENTRY_STALE ? FLIGHT_CACHED : flight_wait(flight);
    }
    if (lock == LOCK_NONE) {
        cache_warn(cache, EVENT_CACHE_UNLOCKED, strerror(errno));
        return FLIGHT_FETCHES;
    }
    if (!lookup_read(flight)) {
        return FLIGHT_FAILED;
    }
    if (cache->state == ENTRY_FRESH) {
        return FLIGHT_CACHED;
    }
    return lock == LOCK_OVER ? flight_share(flight, buffer_span(&note)) : FLIGHT_FETCHES;
}

/* A new token could not be had; the stale one is valid all the same. */
static bool flight_falls_back(const struct flight *flight) {
    pinetoken_cache *cache = flight->cache;
    if (cache->state != ENTRY_STALE || cache->entry.expires <= clock_unix()) {
        return false;
    }
    cache_warn(cache, EVENT_CACHE_NOT_RENEWED, flight->error->message);
    return true;
}

static void flight_write_note(const struct flight *flight, struct buffer *note) {
    char salt[NOTE_SALT_SIZE];
    if (random_fill_hex(salt, sizeof salt)) {
        note_write_identity(note, (span){salt, sizeof salt}, flight_identity(flight));
        note_write(note, flight->error);
    }
}

static pinetoken_status flight_fetch(const struct flight *flight, pinetoken_token *token) {
    pinetoken_cache *cache = flight->cache;
    char data[NOTE_MAX];
    struct buffer note;
    buffer_init(&note, data, sizeof data);
    int64_t left = flight->deadline - clock_monotonic_ms();
    pinetoken_status status =
        flight->source->fetch(flight->source->user, left > 0 ? left : 0, token, flight->error);
    /* A client has hooks of its own. */
    hooks_use(&cache->hooks);
    if (status == PINETOKEN_OK) {
        lookup_save(cache, token);
    } else {
        flight_write_note(flight, &note);
    }
    cache_file_unlock(&cache->file, buffer_span(&note));
    if (status != PINETOKEN_OK && flight_falls_back(flight)) {
        return lookup_return_token(cache, token);
    }
    return status;
}

/* What may take long, credentials that are not there yet for one, keeps nobody else waiting. */
static bool flight_prepare(struct flight *flight) {
    const struct cache_source *source = flight->source;
    flight->identity.key = NULL;
    memset(flight->identity.text, '0', sizeof flight->identity.text);
    return source->prepare == NULL ||
           source->prepare(source->user, &flight->identity, flight->error);
}

pinetoken_status flight_run(struct flight *flight, pinetoken_token *token) {
    pinetoken_cache *cache = flight->cache;
    if (!lookup_read_first(flight)) {
        return flight->error->status;
    }
    enum flight_state state = cache->state == ENTRY_FRESH ? FLIGHT_CACHED : FLIGHT_WAITS;
    if (state == FLIGHT_WAITS && !flight_prepare(flight)) {
        state = flight_falls_back(flight) ? FLIGHT_CACHED : FLIGHT_FAILED;
    }
    while (state == FLIGHT_WAITS) {
        state = flight_try_lock(flight);
    }
    if (state == FLIGHT_FETCHES) {
        return flight_fetch(flight, token);
    }
    cache_file_unlock(&cache->file, SPAN(""));
    return state == FLIGHT_CACHED ? lookup_return_token(cache, token) : flight->error->status;
}
