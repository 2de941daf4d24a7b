/* The public cache, with single flight: of all who want the same token at once, one process fetches
 * it, and the others wait for what comes of that. See pinetoken.h. */
#include "client/cache.h"
#include "base/build_date.h"
#include "base/deadline.h"
#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "cache/file.h"
#include "cache/note.h"
#include "client/client.h"
#include "oauth/config.h"
#include "os/clock.h"
#include "os/hooks.h"
#include "os/random.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(CACHE_IDENTITY_SIZE == ENTRY_KEY_SIZE, "both are digests in hexadecimal");

/* How often those who wait look for a new token, and for the lock. */
#define CACHE_POLL_MS 20

struct pinetoken_cache {
    struct log log;
    pinetoken_config hooks; /* only `now` and its user */
    struct cache_file file;
    bool is_open;
    bool has_warned;
    char key[ENTRY_KEY_SIZE];
    char text[ENTRY_MAX]; /* as read or written last */
    struct entry entry;   /* points into it; valid unless `state` is ENTRY_EXPIRED */
    enum entry_state state;
};

/* One fetch through the cache, from the first read to the token. */
struct flight {
    pinetoken_cache *cache;
    const struct cache_source *source;
    const pinetoken_cache_policy *policy;
    int64_t deadline;
    pinetoken_error *error;
    char identity[CACHE_IDENTITY_SIZE];
    bool has_refreshed; /* the entry of this digest is not wanted: there is to be a new one */
    char refreshed[ENTRY_KEY_SIZE];
};

/* Once a fetch: those who wait read the file often. */
static void cache_warn(pinetoken_cache *cache, enum event event, const char *why) {
    if (!cache->has_warned) {
        log_event(&cache->log, event, span_text(why), -1);
    }
    cache->has_warned = true;
}

/* ---- open and close -------------------------------------------------------------------------- */

void pinetoken_cache_policy_init_size(pinetoken_cache_policy *policy, size_t size) {
    const pinetoken_cache_policy defaults = {
        .size = size, .min_ttl = 300, .newer_than = -1, .timeout_ms = 30000};
    memcpy(policy, &defaults, size < sizeof defaults ? size : sizeof defaults);
}

/* False with the status OK: the file cannot be used, errno says why. */
static bool cache_open_file(pinetoken_cache *cache, const pinetoken_config *config,
                            const char *path, pinetoken_error *error) {
    return entry_key(config, cache->key) &&
           cache_file_open(&cache->file, path, (span){cache->key, ENTRY_KEY_SIZE}, error);
}

/* "PATH: REASON" */
static void cache_warn_unusable(pinetoken_cache *cache, const char *path) {
    char data[PINETOKEN_MESSAGE_CAPACITY];
    struct buffer text;
    const char *reason = strerror(errno);
    buffer_init(&text, data, sizeof data);
    buffer_append_cut(&text, span_cut(span_text(path), 0, strnlen(path, LIMIT_QUOTE)));
    buffer_append_text(&text, ": ");
    buffer_append_text(&text, reason);
    cache_warn(cache, EVENT_CACHE_UNUSABLE, buffer_terminate(&text));
}

pinetoken_cache *pinetoken_cache_open(const pinetoken_config *config, const char *path,
                                      pinetoken_error *error) {
    if (!config_check_size(config, error) || !config_check(config, error) ||
        !config_check_client_id(config, error)) {
        return NULL;
    }
    pinetoken_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL) {
        error_set(error, PINETOKEN_INTERNAL, "cache: out of memory", "");
        return NULL;
    }
    error_clear(error);
    cache->log = (struct log){config->log, config->user, config->log_level};
    cache->hooks = (pinetoken_config){.now = config->now, .user = config->user};
    cache->file = (struct cache_file){.directory = -1, .lock = -1};
    cache->is_open = cache_open_file(cache, config, path, error);
    if (!cache->is_open && error->status == PINETOKEN_LOCAL) {
        pinetoken_cache_close(cache);
        return NULL;
    }
    if (!cache->is_open) {
        cache_warn_unusable(cache, path);
    } else if (cache->file.is_private) {
        log_event(&cache->log, EVENT_CACHE_PRIVATE, span_text(path), -1);
    }
    return cache;
}

void pinetoken_cache_close(pinetoken_cache *cache) {
    if (cache != NULL) {
        cache_file_close(&cache->file);
        secret_wipe(cache->text, sizeof cache->text);
        free(cache);
    }
}

pinetoken_status pinetoken_cache_forget(pinetoken_cache *cache, pinetoken_error *error) {
    if (!cache->is_open || cache_file_remove(&cache->file) || errno == ENOENT) {
        return PINETOKEN_OK;
    }
    error_set_parts(error, PINETOKEN_LOCAL,
                    ERROR_PARTS("cache: the token cannot be removed: ", strerror(errno)),
                    "check the mode of its directory");
    return error->status;
}

/* ---- the cached token ------------------------------------------------------------------------ */

static bool flight_wants(const struct flight *flight, const struct entry *entry) {
    bool is_refreshed =
        flight->has_refreshed &&
        span_equal(entry->digest, (span){flight->refreshed, sizeof flight->refreshed});
    return entry->obtained > flight->policy->newer_than && !is_refreshed;
}

static void flight_take_entry(const struct flight *flight, size_t size) {
    pinetoken_cache *cache = flight->cache;
    int64_t now = clock_unix();
    if (!entry_read((span){cache->text, size}, &cache->entry)) {
        cache_warn(cache, EVENT_CACHE_DAMAGED, "");
        return;
    }
    if (!span_equal(cache->entry.key, (span){cache->key, sizeof cache->key}) ||
        !flight_wants(flight, &cache->entry)) {
        return;
    }
    if (now < cache->entry.obtained) {
        cache_warn(cache, EVENT_CACHE_CLOCK_WENT_BACK, "");
    }
    cache->state = entry_state(&cache->entry, now, flight->policy->min_ttl);
}

/* False: the file is not safe to use. */
static bool flight_read(const struct flight *flight) {
    pinetoken_cache *cache = flight->cache;
    size_t size = 0;
    cache->state = ENTRY_EXPIRED;
    if (cache_file_read(&cache->file, cache->text, &size, flight->error)) {
        flight_take_entry(flight, size);
    } else if (flight->error->status != PINETOKEN_OK) {
        return false;
    } else if (errno != ENOENT) {
        cache_warn(cache, EVENT_CACHE_UNREADABLE, strerror(errno));
    }
    return true;
}

/* The first time: a refresh is for another token than the one that is there now. */
static bool flight_read_first(struct flight *flight) {
    pinetoken_cache *cache = flight->cache;
    if (!flight_read(flight)) {
        return false;
    }
    if (flight->policy->refresh && cache->state != ENTRY_EXPIRED) {
        memcpy(flight->refreshed, cache->entry.digest.data, sizeof flight->refreshed);
        flight->has_refreshed = true;
        cache->state = ENTRY_EXPIRED;
    }
    return true;
}

static pinetoken_status cache_return_token(const pinetoken_cache *cache, pinetoken_token *token) {
    int64_t left = cache->entry.expires - clock_unix();
    *token = (pinetoken_token){.access_token = cache->entry.token,
                               .expires_in = left,
                               .expires_at = cache->entry.expires,
                               .obtained_at = cache->entry.obtained};
    log_event(&cache->log, EVENT_CACHE_HIT, SPAN(""), left);
    return PINETOKEN_OK;
}

static void cache_save(pinetoken_cache *cache, const pinetoken_token *token) {
    struct buffer out;
    const struct entry entry = {.key = {cache->key, sizeof cache->key},
                                .obtained = token->obtained_at,
                                .expires = token->expires_at,
                                .token = token->access_token};
    /* With no expiry, or a clock that is not set, nobody could tell whether it is still valid. */
    if (token->expires_at < 0 || token->obtained_at < build_date) {
        return;
    }
    buffer_init(&out, cache->text, sizeof cache->text);
    if (!entry_write(&entry, &out) || !cache_file_replace(&cache->file, buffer_span(&out))) {
        cache_warn(cache, EVENT_CACHE_UNWRITABLE, strerror(errno));
    }
}

/* ---- single flight ----------------------------------------------------------------------------
 */

enum flight_state {
    FLIGHT_WAITS,  /* another process fetches, or who fetches is not settled yet */
    FLIGHT_CACHED, /* the cached token will do */
    FLIGHT_FETCHES,
    FLIGHT_FAILED /* flight->error says why */
};

static enum flight_state flight_wait(const struct flight *flight) {
    int left = deadline_left(flight->deadline, clock_monotonic_ms(), CACHE_POLL_MS);
    if (left == 0) {
        error_set(flight->error, PINETOKEN_TIMEOUT,
                  "timeout: the time ran out in waiting for another process that fetches the same "
                  "token",
                  "give a larger --timeout");
        return FLIGHT_FAILED;
    }
    poll(NULL, 0, left);
    if (!flight_read(flight)) {
        return FLIGHT_FAILED;
    }
    return flight->cache->state == ENTRY_FRESH ? FLIGHT_CACHED : FLIGHT_WAITS;
}

static span flight_identity(const struct flight *flight) {
    return (span){flight->identity, sizeof flight->identity};
}

/* The process that fetched is done, and there is no fresh token: a stale one will do, else what it
 * failed with is our failure, too. Without a note it was killed, or failed by itself. */
static enum flight_state flight_share(const struct flight *flight, span note) {
    if (flight->cache->state == ENTRY_STALE) {
        return FLIGHT_CACHED;
    }
    if (!note_take_identity(&note, flight_identity(flight)) || !note_read(note, flight->error)) {
        return FLIGHT_WAITS;
    }
    error_add(flight->error, "; this is what another process got that asked at the same time");
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
    if (!flight_read(flight)) {
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
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[NOTE_SALT_SIZE];
    if (random_fill(bytes, sizeof bytes)) {
        char salt[NOTE_SALT_SIZE];
        for (size_t i = 0; i < sizeof salt; i++) {
            salt[i] = digits[bytes[i] & 15];
        }
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
        cache_save(cache, token);
    } else {
        flight_write_note(flight, &note);
    }
    cache_file_unlock(&cache->file, buffer_span(&note));
    if (status != PINETOKEN_OK && flight_falls_back(flight)) {
        return cache_return_token(cache, token);
    }
    return status;
}

/* What may take long, credentials that are not there yet for one, keeps nobody else waiting. */
static bool flight_prepare(struct flight *flight) {
    const struct cache_source *source = flight->source;
    memset(flight->identity, '0', sizeof flight->identity);
    return source->prepare == NULL ||
           source->prepare(source->user, flight->identity, flight->error);
}

static pinetoken_status flight_run(struct flight *flight, pinetoken_token *token) {
    pinetoken_cache *cache = flight->cache;
    if (!flight_read_first(flight)) {
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
    return state == FLIGHT_CACHED ? cache_return_token(cache, token) : flight->error->status;
}

/* ---- fetch ------------------------------------------------------------------------------------
 */

/* Whether the cache can be used now. */
static bool cache_is_usable(pinetoken_cache *cache) {
    cache->has_warned = cache->has_warned && !cache->is_open;
    if (cache->is_open && clock_unix() < build_date) {
        cache_warn(cache, EVENT_CACHE_CLOCK_UNSET, "");
        return false;
    }
    return cache->is_open;
}

pinetoken_status cache_fetch(pinetoken_cache *cache, const struct cache_source *source,
                             const pinetoken_cache_policy *policy, pinetoken_token *token,
                             pinetoken_error *error) {
    if (policy->size != sizeof *policy) {
        error_set(error, PINETOKEN_USAGE,
                  "cache policy: not initialised, or of another version of the library",
                  "call pinetoken_cache_policy_init first, with the header of this library");
        return error->status;
    }
    struct flight flight = {
        .cache = cache,
        .source = source,
        .policy = policy,
        .deadline = deadline_after(clock_monotonic_ms(), policy->timeout_ms),
        .error = error,
    };
    hooks_use(&cache->hooks);
    pinetoken_status status = cache_is_usable(cache)
                                  ? flight_run(&flight, token)
                                  : source->fetch(source->user, policy->timeout_ms, token, error);
    hooks_use(NULL);
    return status;
}

bool cache_identity(const pinetoken_config *config, span secret, char out[CACHE_IDENTITY_SIZE]) {
    return entry_identity(config, secret, out);
}

void cache_wipe_token(pinetoken_cache *cache) {
    secret_wipe(cache->text, sizeof cache->text);
    cache->state = ENTRY_EXPIRED;
}

static bool cache_prepare_client(void *user, char identity[CACHE_IDENTITY_SIZE],
                                 pinetoken_error *error) {
    const pinetoken_config *config = client_config(user);
    span secret = {NULL, 0};
    /* The fetch itself reports that there is none. */
    if (config->secret == NULL || !config->secret(config->user, &secret)) {
        secret = (span){NULL, 0};
    }
    return cache_identity(config, secret, identity) ||
           error_set(error, PINETOKEN_INTERNAL, "cache: a digest cannot be computed", "");
}

static pinetoken_status cache_fetch_by_client(void *user, int64_t timeout_ms,
                                              pinetoken_token *token, pinetoken_error *error) {
    return pinetoken_fetch(user, timeout_ms, token, error);
}

pinetoken_status pinetoken_cache_fetch(pinetoken_cache *cache, pinetoken *client,
                                       const pinetoken_cache_policy *policy, pinetoken_token *token,
                                       pinetoken_error *error) {
    const struct cache_source source = {
        .prepare = cache_prepare_client, .fetch = cache_fetch_by_client, .user = client};
    return cache_fetch(cache, &source, policy, token, error);
}
