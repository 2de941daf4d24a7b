/* Requests to a shared cache: each is made by a worker of its own, in a sandbox like that of a
 * fetch, which has neither the client secret nor a token. */
#ifndef CLI_CACHE_WORKER_H
#define CLI_CACHE_WORKER_H

#include "cli/credentials.h"
#include "client/cache.h"

struct cache_worker {
    const struct options *options;
    struct console *console;
    pinetoken_cache *cache;
    struct credential *password; /* in secure memory; the configuration's cache_password gives it */
    bool has_password;           /* it was looked for */
    void (*wipe)(void *user);    /* in the worker, on what it does not need */
    void *user;
};

/* From here on. All of it is borrowed. */
void cache_worker_start(struct cache_worker *worker);

#endif
