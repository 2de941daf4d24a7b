/* A cache's shared level, for the parts that it is made of and for the command's worker. */
#ifndef CLIENT_SHARED_STATE_H
#define CLIENT_SHARED_STATE_H

#include "client/shared.h"
#include "client/shared_level.h"

/* Who runs requests, in another process for one. */
struct shared_caller {
    /* As shared_run. */
    bool (*call)(void *user, const struct redis_server *server,
                 const struct shared_request *request, struct shared_result *result,
                 pinetoken_error *error);
    void (*connected)(void *user); /* as of client_on_connected */
    void *user;
};

_Static_assert(CACHE_KEY_SIZE == SEAL_KEY_SIZE, "the key is for sealing");

struct shared_level {
    struct redis_server server;
    struct settings settings;
    char *url;                          /* owned */
    struct shared_caller caller;        /* without a `call`: here */
    char identity[CACHE_IDENTITY_SIZE]; /* identity of the fetch in progress */
    unsigned char key[CACHE_KEY_SIZE];
    struct shared_request request;
    struct shared_result result;
    char text[LIMIT_SEALED]; /* opened */
    struct entry entry;      /* points into it */
    char out[LIMIT_SEALED];  /* to be sealed */
    pinetoken_error error;   /* error of the last request that failed */
};

/* Requests run there from now on, if the cache is shared. */
void shared_level_call_by(pinetoken_cache *cache, const struct shared_caller *caller);
/* What a process that runs requests opens and connects to. */
void shared_level_requirements(const struct redis_server *server,
                               struct requirements *requirements);
/* level->request, with its action set; tried again within `time_ms` if that may help. */
PINETOKEN_MUST_USE bool shared_level_ask(pinetoken_cache *cache, int64_t time_ms,
                                         pinetoken_error *error);

#endif
