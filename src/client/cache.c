/* The public cache: a file, a server that systems share, or both. See pinetoken.h. */
#include "client/cache.h"
#include "base/build_date.h"
#include "base/deadline.h"
#include "base/error.h"
#include "base/secret.h"
#include "client/client.h"
#include "client/flight.h"
#include "client/shared_level.h"
#include "oauth/config.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/hooks.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(CACHE_IDENTITY_SIZE == ENTRY_KEY_SIZE, "both are digests in hexadecimal");

void pinetoken_cache_policy_init_size(pinetoken_cache_policy *policy, size_t size) {
    const pinetoken_cache_policy defaults = {
        .size = size, .min_ttl = 300, .newer_than = -1, .timeout_ms = 30000};
    memcpy(policy, &defaults, size < sizeof defaults ? size : sizeof defaults);
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

/* False: LOCAL. A file that cannot be used is a warning. */
static bool cache_open_file(pinetoken_cache *cache, const char *path, pinetoken_error *error) {
    error_clear(error);
    cache->is_open = cache_file_open(&cache->file, path, (span){cache->key, ENTRY_KEY_SIZE}, error);
    if (!cache->is_open && error->status == PINETOKEN_LOCAL) {
        return false;
    }
    if (!cache->is_open) {
        cache->open_error = errno;
        cache_warn_unusable(cache, path);
    } else if (cache->file.is_private) {
        log_event(&cache->log, EVENT_CACHE_PRIVATE, span_text(path), -1);
    }
    return true;
}

/* "FILE", "URL" or "FILE\nURL": the URL in it; NULL: there is none. */
static const char *cache_find_url(const char *path) {
    const char *line = strrchr(path, '\n');
    const char *last = line != NULL ? line + 1 : path;
    return span_is_url(span_text(last)) ? last : NULL;
}

static bool cache_open_levels(pinetoken_cache *cache, const pinetoken_config *config,
                              const char *path, pinetoken_error *error) {
    const char *url = cache_find_url(path);
    char file[PATH_MAX];
    struct buffer copy;
    if (!entry_key(config, cache->key)) {
        return error_set(error, PINETOKEN_INTERNAL, "cache: a digest cannot be computed", "");
    }
    if (url == NULL) {
        return cache_open_file(cache, path, error);
    }
    buffer_init(&copy, file, sizeof file);
    buffer_append_cut(&copy, (span){path, url > path ? (size_t)(url - path) - 1 : 0});
    return shared_level_open(cache, config, url, error) &&
           (url == path || cache_open_file(cache, buffer_terminate(&copy), error));
}

pinetoken_cache *pinetoken_cache_open(const pinetoken_config *config, const char *path,
                                      pinetoken_error *error) {
    if (!config_check_size(config, error) || !config_check(config, error) ||
        !config_check_client_id(config, error)) {
        return NULL;
    }
    pinetoken_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL) {
        error_out_of_memory("cache", error);
        return NULL;
    }
    cache->log = (struct log){config->log, config->user, config->log_level};
    cache->hooks =
        (pinetoken_config){.now = config->now, .random = config->random, .user = config->user};
    cache->file = (struct cache_file){.directory = -1, .lock = -1};
    if (!cache_open_levels(cache, config, path, error)) {
        pinetoken_cache_close(cache);
        return NULL;
    }
    return cache;
}

void pinetoken_cache_close(pinetoken_cache *cache) {
    if (cache != NULL) {
        cache_file_close(&cache->file);
        shared_level_close(cache->shared);
        secret_wipe(cache->text, sizeof cache->text);
        free(cache);
    }
}

/* 0, or the errno of the reason why it is still there. */
static int cache_remove_file(const pinetoken_cache *cache) {
    if (!cache->is_open) {
        /* Without its directory there is no file: it was missing, and could not be made. */
        return cache->open_error == ENOENT || cache->open_error == EROFS ? 0 : cache->open_error;
    }
    return cache_file_remove(&cache->file) || errno == ENOENT ? 0 : errno;
}

pinetoken_status pinetoken_cache_forget(pinetoken_cache *cache, pinetoken_error *error) {
    int number = cache_remove_file(cache);
    if (!shared_level_forget(cache, error)) {
        return error->status;
    }
    if (number == 0) {
        return PINETOKEN_OK;
    }
    error_set_parts(error, PINETOKEN_LOCAL,
                    ERROR_PARTS("cache: the token cannot be removed: ", file_reason(number)),
                    number == EEXIST ? "name the file of a cache with --cache"
                                     : "check --cache, and the mode of its directory");
    return error->status;
}

/* ---- fetch ----------------------------------------------------------------------------------- */

/* Whether the cache can be used now. */
static bool cache_is_usable(pinetoken_cache *cache) {
    cache->has_warned = cache->has_warned && !cache->is_open && cache->shared == NULL;
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
    struct shared_flight shared;
    struct flight flight = {
        .cache = cache,
        .source = shared_flight_source(&shared, cache, source, policy),
        .policy = policy,
        .deadline = deadline_after(clock_monotonic_ms(), policy->timeout_ms),
        .error = error,
    };
    hooks_use(&cache->hooks);
    pinetoken_status status =
        cache_is_usable(cache)
            ? flight_run(&flight, token)
            : flight.source->fetch(flight.source->user, policy->timeout_ms, token, error);
    hooks_use(NULL);
    return status;
}

bool cache_identify(const pinetoken_config *config, span secret, struct cache_identity *identity) {
    return entry_identity(config, secret, identity->text) &&
           (identity->key == NULL || shared_level_derive_key(secret, identity->key));
}

void cache_wipe_token(pinetoken_cache *cache) {
    secret_wipe(cache->text, sizeof cache->text);
    cache->state = ENTRY_EXPIRED;
    shared_level_wipe(cache->shared);
}

static bool cache_prepare_client(void *user, struct cache_identity *identity,
                                 pinetoken_error *error) {
    const pinetoken_config *config = client_config(user);
    span secret = {NULL, 0};
    /* The fetch itself reports that there is none. */
    if (config->secret == NULL || !config->secret(config->user, &secret)) {
        secret = (span){NULL, 0};
    }
    return cache_identify(config, secret, identity) ||
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
