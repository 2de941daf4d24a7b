/* What is asked of a shared cache: each request is a conversation of its own with its server. */
#ifndef CLIENT_SHARED_H
#define CLIENT_SHARED_H

#include "cache/sealed.h"
#include "client/redis.h"

/* How often those who wait look, at first and at last, half of it jitter. Milliseconds. */
#define SHARED_LOOK_FIRST_MS 40
#define SHARED_LOOK_MAX_MS 1000

enum shared_action {
    SHARED_ACQUIRE, /* the token, or the right to fetch it */
    SHARED_LOOK,    /* the token */
    SHARED_FINISH,  /* stores `value` and gives the right back */
    SHARED_FORGET   /* removes the token */
};

struct shared_request {
    enum shared_action action;
    int fd; /* a connection to the server's socket; -1: none */
    char key[ENTRY_KEY_SIZE];
    char id[SEALED_ID_SIZE]; /* of this fetch */
    bool has_unwanted;       /* a value of this digest counts as none */
    unsigned char unwanted[DIGEST_SIZE];
    int64_t wait_until; /* for another process that fetches; monotonic */
    int64_t time_ms; /* time limit of the connection, and then of all replies that need no wait */
    enum sealed_kind kind; /* kind of `value`; SEALED_LOCK: no value */
    int64_t ms; /* the longest time to have the right to fetch; or how long the token is valid */
    span value; /* sealed, borrowed */
};

enum shared_state {
    SHARED_NONE,   /* nothing, after another request than to acquire */
    SHARED_VALUE,  /* of a token; left_ms: how long the server has it for, -1: for good, -2: no
                      longer */
    SHARED_HELD,   /* this process is to fetch */
    SHARED_BUSY,   /* another one fetches, still */
    SHARED_FAILURE /* failure of another process that was waited for; `id` is its ID */
};

struct shared_result {
    enum shared_state state;
    int64_t left_ms;
    size_t size; /* size of `value`, which is a token or a failure */
    char id[SEALED_ID_SIZE];
    char value[LIMIT_SEALED];
};

/* One request in a conversation of its own, which blocks. False: *error says why. */
PINETOKEN_MUST_USE bool shared_run(const struct redis_server *server,
                                   const struct shared_request *request,
                                   struct shared_result *result, pinetoken_error *error);

#endif
