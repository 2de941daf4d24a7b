/* One try after another, each in a worker of its own. */
#ifndef CLI_TRIES_H
#define CLI_TRIES_H

#include "base/log.h"

struct tries {
    bool (*run)(void *user, pinetoken_error *error); /* one try */
    void *user;
    unsigned retries; /* so far */
    unsigned max;     /* retries that are allowed */
    int64_t deadline; /* of all tries; monotonic */
    struct log log;
};

/* Until one succeeds, or no retry can help or is allowed. False: *error is that of the last. */
PINETOKEN_MUST_USE bool tries_run(struct tries *tries, pinetoken_error *error);

#endif
