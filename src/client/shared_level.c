#include "client/shared_level.h"

#include "base/deadline.h"
#include "base/error.h"
#include "base/secret.h"
#include "client/client.h"
#include "client/retry.h"
#include "client/shared_state.h"
#include "os/clock.h"
#include "os/random.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool shared_level_derive_key(pinetoken_span secret, unsigned char key[CACHE_KEY_SIZE]) {
    return sealed_derive_key(secret, key);
}

/* ---- open and close -------------------------------------------------------------------------- */

/* The client's own trust, without its proxy. */
static bool shared_level_configure(struct shared_level *level, const pinetoken_config *config,
                                   pinetoken_error *error) {
    if (!settings_copy(&level->settings, config, error)) {
        return false;
    }
    pinetoken_config *values = &level->settings.values;
    values->proxy = NULL;
    values->resolve = level->server.url.is_tls ? values->resolve : NULL;
    if (values->connect_timeout_ms > LIMIT_REDIS_MS) {
        values->connect_timeout_ms = LIMIT_REDIS_MS;
    }
    return true;
}

bool shared_level_open(pinetoken_cache *cache, const pinetoken_config *config, const char *url,
                       pinetoken_error *error) {
    struct shared_level *level = calloc(1, sizeof *level);
    char *copy = strdup(url);
    if (level == NULL || copy == NULL) {
        free(level);
        free(copy);
        return error_out_of_memory("cache", error);
    }
    cache->shared = level;
    level->url = copy;
    level->server.settings = &level->settings;
    level->server.log = &cache->log;
    memcpy(level->request.key, cache->key, sizeof level->request.key);
    return redis_url_parse(span_text(copy), &level->server.url, error) &&
           shared_level_configure(level, config, error);
}

void shared_level_wipe(struct shared_level *level) {
    if (level != NULL) {
        secret_wipe(level->key, sizeof level->key);
        secret_wipe(level->text, sizeof level->text);
        secret_wipe(level->out, sizeof level->out);
    }
}

void shared_level_close(struct shared_level *level) {
    if (level != NULL) {
        shared_level_wipe(level);
        settings_free(&level->settings);
        free(level->url);
        free(level);
    }
}

void shared_level_call_by(pinetoken_cache *cache, const struct shared_caller *caller) {
    if (cache->shared != NULL) {
        cache->shared->caller = *caller;
        cache->shared->settings.connected = caller->connected;
    }
}

void shared_level_requirements(const struct redis_server *server,
                               struct requirements *requirements) {
    client_list_files(&server->settings->values, requirements);
    requirements->port = server->url.port;
}

/* ---- requests -------------------------------------------------------------------------------- */

static bool shared_level_fail_socket(span path, pinetoken_error *error) {
    const char *reason = strerror(errno);
    error_begin(error, PINETOKEN_NETWORK, "cache server: no connection to its socket ");
    error_add_quoted(error, path);
    error_add(error, ": ");
    error_add(error, reason);
    return error_advise(error, "check the path in the URL, and its mode");
}

/* Once. A sandbox has no UNIX sockets: this one is connected before. */
static bool shared_level_try(struct shared_level *level, pinetoken_error *error) {
    struct shared_request *request = &level->request;
    const struct redis_url *url = &level->server.url;
    const struct shared_caller *caller = &level->caller;
    request->fd = -1;
    if (url->socket.size > 0) {
        request->fd = redis_connect_socket(url->socket);
        if (request->fd < 0) {
            return shared_level_fail_socket(url->socket, error);
        }
    }
    bool done = caller->call != NULL
                    ? caller->call(caller->user, &level->server, request, &level->result, error)
                    : shared_run(&level->server, request, &level->result, error);
    if (request->fd >= 0) {
        close(request->fd);
    }
    return done;
}

bool shared_level_ask(pinetoken_cache *cache, int64_t time_ms, pinetoken_error *error) {
    struct shared_level *level = cache->shared;
    struct retry retry = {.max = level->settings.values.retries};
    int64_t until = deadline_after(clock_monotonic_ms(), time_ms);
    int64_t wait = 0;
    level->request.time_ms = time_ms;
    while (!shared_level_try(level, error)) {
        int64_t now = clock_monotonic_ms();
        if (retry.done == 0 && level->request.wait_until > now) {
            /* It broke off while it waited. */
            until = deadline_after(now, time_ms);
        }
        retry.left_ms = until - now;
        retry.random = random_number();
        if (retry_decide(&retry, error, &wait) != RETRY_AGAIN) {
            return false;
        }
        poll(NULL, 0, (int)wait);
        retry.done++;
    }
    return true;
}

bool shared_level_look(pinetoken_cache *cache, int64_t *left_ms, pinetoken_error *error) {
    cache->shared->request.action = SHARED_LOOK;
    bool done = shared_level_ask(cache, LIMIT_REDIS_MS, error);
    *left_ms = cache->shared->result.left_ms;
    return done;
}

bool shared_level_forget(pinetoken_cache *cache, pinetoken_error *error) {
    if (cache->shared == NULL) {
        return true;
    }
    cache->shared->request.action = SHARED_FORGET;
    return shared_level_ask(cache, LIMIT_REDIS_MS, error);
}
