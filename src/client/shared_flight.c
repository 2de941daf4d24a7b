/* Single flight of many systems: of all that miss the same token, one fetches it and the others
 * wait. Whatever the server does, a working issuer is enough. */
#include "base/backoff.h"
#include "base/build_date.h"
#include "base/deadline.h"
#include "base/error.h"
#include "base/secret.h"
#include "cache/note.h"
#include "client/shared_state.h"
#include "os/clock.h"
#include "os/hooks.h"
#include "os/random.h"

#include <limits.h>
#include <poll.h>
#include <string.h>

/* The longest time to have the right to fetch: what its holder's death costs. */
#define SHARED_LOCK_MS 10000
/* Without the server many fetch at once: spread over this long. */
#define SHARED_JITTER_MS 1000
/* How often a value that is of no use is looked past: a server that lies has one each time. */
#define SHARED_LOOKS_MAX 8u

static struct shared_level *shared_flight_level(const struct shared_flight *flight) {
    return flight->cache->shared;
}

/* Up to `longest`, but never more than a quarter of what is left: the issuer has the rest. */
static int64_t shared_flight_share(const struct shared_flight *flight, int64_t longest) {
    int64_t left = deadline_left(flight->deadline, clock_monotonic_ms(), INT_MAX) / 4;
    return left < longest ? left : longest;
}

/* level->request. False, with a warning: the server is of no use. */
static bool shared_flight_send(const struct shared_flight *flight) {
    struct shared_level *level = shared_flight_level(flight);
    char data[ERROR_LINE_CAPACITY + 1];
    struct buffer line;
    if (shared_level_ask(flight->cache, shared_flight_share(flight, LIMIT_REDIS_MS),
                         &level->error)) {
        return true;
    }
    buffer_init(&line, data, sizeof data);
    error_line(&level->error, &line);
    cache_warn(flight->cache, EVENT_CACHE_SHARED_UNUSABLE, buffer_terminate(&line));
    return false;
}

/* ---- what others have left ------------------------------------------------------------------- */

/* Whether it is fresh. */
static bool shared_flight_take_token(struct shared_flight *flight) {
    struct shared_level *level = shared_flight_level(flight);
    const struct sealed_name name = {SEALED_TOKEN, level->request.key, NULL};
    const pinetoken_cache_policy *policy = flight->policy;
    int64_t now = clock_unix();
    size_t size = 0;
    flight->has_stale = false;
    if (!sealed_read(level->key, &name, (span){level->result.value, level->result.size},
                     level->text, &size) ||
        !entry_read((span){level->text, size}, &level->entry)) {
        return false;
    }
    sealed_set_times(&level->entry, now, level->result.left_ms);
    enum entry_state state = entry_state(&level->entry, now, policy->min_ttl);
    /* A refresh is for another token than the first that is seen. */
    bool is_wanted = (!policy->refresh || level->request.has_unwanted) &&
                     level->entry.obtained > policy->newer_than;
    flight->has_stale = is_wanted && state == ENTRY_STALE;
    return is_wanted && state == ENTRY_FRESH;
}

static pinetoken_status shared_flight_return(const struct shared_flight *flight,
                                             pinetoken_token *token) {
    const struct entry *entry = &shared_flight_level(flight)->entry;
    int64_t left = entry->expires - clock_unix();
    *token = (pinetoken_token){.access_token = entry->token,
                               .expires_in = left,
                               .expires_at = entry->expires,
                               .obtained_at = entry->obtained};
    log_event(&flight->cache->log, EVENT_CACHE_SHARED_HIT, SPAN(""), left);
    return PINETOKEN_OK;
}

/* Takes the failure of a fetch with the same secret, over the same route. */
static bool shared_flight_take_failure(const struct shared_flight *flight) {
    struct shared_level *level = shared_flight_level(flight);
    const struct sealed_name name = {SEALED_FAILURE, level->request.key, level->result.id};
    const span identity = {level->identity, CACHE_IDENTITY_SIZE};
    size_t size = 0;
    if (!sealed_read(level->key, &name, (span){level->result.value, level->result.size},
                     level->text, &size) ||
        !span_starts((span){level->text, size}, identity) ||
        !note_read(span_cut((span){level->text, size}, identity.size, size), flight->error)) {
        return false;
    }
    error_add(flight->error, "; reported by another process that asked at the same time");
    return true;
}

/* ---- what this fetch leaves ------------------------------------------------------------------ */

/* A verdict of the issuer's on the credentials, or on how often it is asked. What the network or
 * a proxy did is this system's. */
static bool shared_flight_is_everybodys(const pinetoken_error *error) {
    return (error->status == PINETOKEN_REJECTED || error->status == PINETOKEN_THROTTLED ||
            error->status == PINETOKEN_UNAVAILABLE) &&
           error->phase != PINETOKEN_PHASE_PROXY;
}

/* The kind of what was written to `out`; SEALED_LOCK: there is nothing to store. */
static enum sealed_kind shared_flight_write(const struct shared_flight *flight,
                                            const pinetoken_token *token, struct buffer *out) {
    const struct shared_level *level = shared_flight_level(flight);
    if (token == NULL && shared_flight_is_everybodys(flight->error)) {
        buffer_append(out, (span){level->identity, CACHE_IDENTITY_SIZE});
        note_write(out, flight->error);
        return SEALED_FAILURE;
    }
    if (token == NULL || token->expires_at <= clock_unix()) {
        return SEALED_LOCK;
    }
    const struct entry entry = {.key = {level->request.key, ENTRY_KEY_SIZE},
                                .obtained = token->obtained_at,
                                .expires = token->expires_at,
                                .token = token->access_token};
    return entry_write(&entry, out) ? SEALED_TOKEN : SEALED_LOCK;
}

/* Seals level->out to level->result.value. */
static bool shared_flight_seal(struct shared_level *level, span text) {
    const struct shared_request *request = &level->request;
    const struct sealed_name name = {request->kind, request->key, request->id};
    unsigned char nonce[SEAL_NONCE_SIZE];
    struct buffer out;
    buffer_init(&out, level->result.value, sizeof level->result.value);
    bool done = random_fill(nonce, sizeof nonce) &&
                sealed_write(level->key, &name, nonce, text, &out) && !out.overflow;
    level->request.value = buffer_span(&out);
    return done;
}

/* Stores the token (NULL: the error), and lets others fetch. */
static void shared_flight_finish(const struct shared_flight *flight, const pinetoken_token *token) {
    struct shared_level *level = shared_flight_level(flight);
    struct shared_request *request = &level->request;
    struct buffer text;
    buffer_init(&text, level->out, sizeof level->out);
    request->action = SHARED_FINISH;
    request->kind = shared_flight_write(flight, token, &text);
    if (request->kind == SEALED_TOKEN) {
        request->ms = (token->expires_at - clock_unix()) * 1000;
    }
    if (request->kind != SEALED_LOCK && !shared_flight_seal(level, buffer_span(&text))) {
        request->kind = SEALED_LOCK;
    }
    (void)shared_flight_send(flight);
    secret_wipe(level->out, sizeof level->out);
}

/* ---- fetch ----------------------------------------------------------------------------------- */

/* A token from the issuer; if that fails, the stale one, which is valid all the same. */
static pinetoken_status shared_flight_fetch_new(struct shared_flight *flight, bool is_held,
                                                pinetoken_token *token) {
    int64_t left = flight->deadline - clock_monotonic_ms();
    pinetoken_status status =
        flight->source->fetch(flight->source->user, left > 0 ? left : 0, token, flight->error);
    /* A client has hooks of its own. */
    hooks_use(&flight->cache->hooks);
    if (is_held) {
        shared_flight_finish(flight, status == PINETOKEN_OK ? token : NULL);
    }
    if (status == PINETOKEN_OK || !flight->has_stale ||
        shared_flight_level(flight)->entry.expires <= clock_unix()) {
        return status;
    }
    cache_warn(flight->cache, EVENT_CACHE_NOT_RENEWED, flight->error->message);
    return shared_flight_return(flight, token);
}

/* The server cannot be used; with full jitter, because the others cannot use it either. */
static pinetoken_status shared_flight_fetch_alone(struct shared_flight *flight,
                                                  pinetoken_token *token) {
    int64_t longest = shared_flight_share(flight, SHARED_JITTER_MS);
    poll(NULL, 0, (int)backoff_part(longest, random_number()));
    return shared_flight_fetch_new(flight, false, token);
}

/* What is there now is of no use: from here on it counts as nothing. */
static bool shared_flight_look_past(struct shared_flight *flight) {
    struct shared_level *level = shared_flight_level(flight);
    level->request.has_unwanted = true;
    return digest_sha256((span){level->result.value, level->result.size}, level->request.unwanted);
}

static bool shared_flight_ask(const struct shared_flight *flight) {
    struct shared_request *request = &shared_flight_level(flight)->request;
    request->action = SHARED_ACQUIRE;
    request->wait_until = flight->has_stale ? 0 : flight->wait_until;
    return shared_flight_send(flight);
}

static pinetoken_status shared_flight_run(struct shared_flight *flight, pinetoken_token *token) {
    const struct shared_level *level = shared_flight_level(flight);
    for (unsigned looks = 0; looks < SHARED_LOOKS_MAX && shared_flight_ask(flight); looks++) {
        switch (level->result.state) {
            case SHARED_VALUE:
                if (shared_flight_take_token(flight)) {
                    return shared_flight_return(flight, token);
                }
                if (!shared_flight_look_past(flight)) {
                    return shared_flight_fetch_alone(flight, token);
                }
                break;
            case SHARED_HELD: return shared_flight_fetch_new(flight, true, token);
            case SHARED_FAILURE:
                if (shared_flight_take_failure(flight)) {
                    return flight->error->status;
                }
                break;
            case SHARED_BUSY:
                return flight->has_stale ? shared_flight_return(flight, token)
                                         : shared_flight_fetch_alone(flight, token);
            case SHARED_NONE: return shared_flight_fetch_alone(flight, token);
        }
    }
    return shared_flight_fetch_alone(flight, token);
}

/* ---- as a source ----------------------------------------------------------------------------- */

static bool shared_flight_prepare(void *user, struct cache_identity *identity,
                                  pinetoken_error *error) {
    struct shared_flight *flight = user;
    struct shared_level *level = shared_flight_level(flight);
    struct cache_identity own = {.key = level->key};
    if (!flight->is_prepared && !flight->source->prepare(flight->source->user, &own, error)) {
        return false;
    }
    if (!flight->is_prepared) {
        memcpy(level->identity, own.text, sizeof level->identity);
    }
    flight->is_prepared = true;
    memcpy(identity->text, level->identity, sizeof identity->text);
    return true;
}

static bool shared_flight_begin(struct shared_flight *flight, int64_t timeout_ms) {
    struct shared_request *request = &shared_flight_level(flight)->request;
    int64_t now = clock_monotonic_ms();
    flight->deadline = deadline_after(now, timeout_ms);
    flight->wait_until = deadline_after(now, timeout_ms / 2);
    request->has_unwanted = false;
    request->ms = timeout_ms < SHARED_LOCK_MS ? timeout_ms : SHARED_LOCK_MS;
    return random_fill_hex(request->id, sizeof request->id) && timeout_ms > 0 &&
           clock_unix() >= build_date;
}

static pinetoken_status shared_flight_fetch(void *user, int64_t timeout_ms, pinetoken_token *token,
                                            pinetoken_error *error) {
    struct shared_flight *flight = user;
    struct cache_identity identity;
    flight->error = error;
    if (!shared_flight_prepare(flight, &identity, error)) {
        return error->status;
    }
    pinetoken_status status =
        shared_flight_begin(flight, timeout_ms)
            ? shared_flight_run(flight, token)
            : flight->source->fetch(flight->source->user, timeout_ms, token, error);
    secret_wipe(shared_flight_level(flight)->key, CACHE_KEY_SIZE);
    return status;
}

const struct cache_source *shared_flight_source(struct shared_flight *flight,
                                                pinetoken_cache *cache,
                                                const struct cache_source *source,
                                                const pinetoken_cache_policy *policy) {
    if (cache->shared == NULL || source->prepare == NULL) {
        return source;
    }
    *flight = (struct shared_flight){
        .cache = cache,
        .source = source,
        .policy = policy,
        .outer = {.prepare = shared_flight_prepare, .fetch = shared_flight_fetch, .user = flight},
    };
    return &flight->outer;
}
