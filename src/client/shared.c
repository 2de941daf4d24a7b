#include "client/shared.h"

#include "base/backoff.h"
#include "base/deadline.h"
#include "base/error.h"
#include "os/clock.h"
#include "os/random.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

static const struct backoff shared_backoff = {.first_ms = SHARED_LOOK_FIRST_MS,
                                              .max_ms = SHARED_LOOK_MAX_MS};

/* The longest of the three names. */
#define SHARED_NAME_MAX (LIMIT_URL + SEALED_NAME_MAX)

/* One request while it is worked on. */
struct shared {
    struct redis redis;
    const struct shared_request *request;
    struct shared_result *result;
    pinetoken_error *error;
    char names[3][SHARED_NAME_MAX];
    char ms[24];
    char owner[SEALED_ID_SIZE];
};

_Static_assert((int)SEALED_TOKEN == REDIS_TOKEN && (int)SEALED_LOCK == REDIS_LOCK &&
                   (int)SEALED_FAILURE == REDIS_FAILURE,
               "a name for each");

static void shared_set_name(struct shared *shared, enum sealed_kind kind, const char *id) {
    const struct sealed_name name = {kind, shared->request->key, id};
    struct buffer out;
    buffer_init(&out, shared->names[kind], sizeof shared->names[kind]);
    buffer_append(&out, shared->redis.server->url.prefix);
    sealed_append_name(&out, &name);
    shared->redis.values[kind] = buffer_span(&out);
}

static void shared_set_values(struct shared *shared) {
    const struct shared_request *request = shared->request;
    struct buffer out;
    buffer_init(&out, shared->ms, sizeof shared->ms);
    buffer_append_signed(&out, request->ms);
    shared_set_name(shared, SEALED_TOKEN, NULL);
    shared_set_name(shared, SEALED_LOCK, NULL);
    shared_set_name(shared, SEALED_FAILURE, request->id);
    shared->redis.values[REDIS_ID] = (span){request->id, sizeof request->id};
    shared->redis.values[REDIS_MS] = buffer_span(&out);
    shared->redis.values[REDIS_DATA] = request->value;
}

static bool shared_read(struct shared *shared, struct resp_reply *reply) {
    return redis_read(&shared->redis, reply, shared->error);
}

/* A reply that says nothing but that its command worked. */
static bool shared_skip(struct shared *shared) {
    struct resp_reply reply;
    return shared_read(shared, &reply);
}

static bool shared_do(struct shared *shared, const char *command) {
    redis_add(&shared->redis, command);
    return shared_skip(shared);
}

/* ---- the token, or the right to fetch it ----------------------------------------------------- */

#define SHARED_GET_TOKEN "GET %a\nPTTL %a"
/* In this order: what the last holder left is there before its lock is free. */
#define SHARED_GET_ALL "SET %b %d NX PX %e\nGET %b\nGET %c\n" SHARED_GET_TOKEN
/* Only its holder releases it: its time may be over, and another one's may have begun. */
#define SHARED_RELEASE \
    "EVAL return(redis.call('get',KEYS[1])==ARGV[1]and(redis.call('del',KEYS[1]))) 1 %b %d"

static bool shared_is_unwanted(const struct shared *shared, span value) {
    unsigned char digest[DIGEST_SIZE];
    return shared->request->has_unwanted && digest_sha256(value, digest) &&
           memcmp(digest, shared->request->unwanted, sizeof digest) == 0;
}

/* The reply to a GET: a value that is wanted is the result. */
static bool shared_take(struct shared *shared, enum shared_state state) {
    struct shared_result *result = shared->result;
    struct resp_reply reply;
    if (!shared_read(shared, &reply)) {
        return false;
    }
    if (reply.kind == RESP_TEXT && reply.text.size <= sizeof result->value &&
        !shared_is_unwanted(shared, reply.text)) {
        result->state = state;
        result->size = reply.text.size;
        memcpy(result->value, reply.text.data, reply.text.size);
    }
    return true;
}

/* -2 of one that expired just now, too. */
static bool shared_take_token(struct shared *shared) {
    struct resp_reply reply;
    if (!shared_take(shared, SHARED_VALUE) || !shared_read(shared, &reply)) {
        return false;
    }
    shared->result->left_ms = reply.number;
    return true;
}

/* One look: a token, a failure of the process that was waited for, the lock, or none of them. */
static bool shared_try(struct shared *shared) {
    struct shared_result *result = shared->result;
    struct resp_reply reply;
    redis_add(&shared->redis, SHARED_GET_ALL);
    if (!shared_skip(shared) || !shared_read(shared, &reply)) {
        return false;
    }
    /* Perhaps by an earlier try, whose reply was lost. */
    bool is_held = span_equal(reply.text, shared->redis.values[REDIS_ID]);
    memset(shared->owner, 0, sizeof shared->owner);
    if (reply.text.size == sizeof shared->owner) {
        memcpy(shared->owner, reply.text.data, sizeof shared->owner);
    }
    if (!shared_take(shared, SHARED_FAILURE) || !shared_take_token(shared)) {
        return false;
    }
    if (is_held && result->state != SHARED_NONE) {
        return shared_do(shared, SHARED_RELEASE);
    }
    if (is_held) {
        result->state = SHARED_HELD;
    } else if (result->state == SHARED_NONE) {
        memcpy(result->id, shared->owner, sizeof result->id);
        shared_set_name(shared, SEALED_FAILURE, result->id);
    }
    return true;
}

/* With jitter: many wait for one. BUSY: no longer. */
static void shared_wait(struct shared *shared, unsigned looks) {
    int64_t now = clock_monotonic_ms();
    int64_t longest = backoff_longest(&shared_backoff, looks);
    if (now >= shared->request->wait_until) {
        shared->result->state = SHARED_BUSY;
        return;
    }
    int64_t wait = longest / 2 + backoff_part(longest / 2, random_number());
    poll(NULL, 0, deadline_left(shared->request->wait_until, now, (int)wait));
    redis_restart_time(&shared->redis);
}

static bool shared_look(struct shared *shared) {
    redis_add(&shared->redis, SHARED_GET_TOKEN);
    return shared_take_token(shared);
}

static bool shared_acquire(struct shared *shared) {
    const struct shared_result *result = shared->result;
    bool done = shared_look(shared);
    for (unsigned looks = 0; done && result->state == SHARED_NONE; looks++) {
        done = shared_try(shared);
        if (done && result->state == SHARED_NONE) {
            shared_wait(shared, looks);
        }
    }
    return done;
}

/* ---- the end --------------------------------------------------------------------------------- */

/* The lock is released even if the server takes no value: its memory may be full. */
static bool shared_finish(struct shared *shared) {
    static const char *const stores[] = {"SET %a %f PX %e", NULL, "SET %c %f PX 5000"};
    const char *store = stores[shared->request->kind];
    pinetoken_error *error = shared->error;
    pinetoken_error second = {.status = PINETOKEN_OK};
    bool is_stored = store == NULL || shared_do(shared, store);
    shared->error = is_stored ? error : &second;
    return shared_do(shared, SHARED_RELEASE) && is_stored;
}

static bool shared_act(struct shared *shared) {
    switch (shared->request->action) {
        case SHARED_ACQUIRE: return shared_acquire(shared);
        case SHARED_LOOK: return shared_look(shared);
        case SHARED_FINISH: return shared_finish(shared);
        case SHARED_FORGET: return shared_do(shared, "DEL %a");
    }
    return false;
}

bool shared_run(const struct redis_server *server, const struct shared_request *request,
                struct shared_result *result, pinetoken_error *error) {
    struct shared *shared = calloc(1, sizeof *shared);
    if (shared == NULL) {
        return error_out_of_memory("cache server", error);
    }
    result->state = SHARED_NONE;
    result->size = 0;
    shared->request = request;
    shared->result = result;
    shared->error = error;
    bool done = redis_open(&shared->redis, server, request->fd, request->time_ms, error);
    if (done) {
        shared_set_values(shared);
        done = shared_act(shared);
    }
    redis_close(&shared->redis);
    free(shared);
    return done;
}
