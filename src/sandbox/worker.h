/* Privilege separation (monitor and worker): what reads from the network runs in a process of its
 * own, the worker. It gets one request through a pipe and returns one result of fixed size, each
 * member of which the monitor, its parent, validates. */
#ifndef SANDBOX_WORKER_H
#define SANDBOX_WORKER_H

#include "base/span.h"
#include "sandbox/result.h"

#include <poll.h>
#include <sys/types.h>

/* Descriptors in a worker, after the standard ones. */
#define WORKER_INPUT 3
#define WORKER_OUTPUT 4
#define WORKER_PLACES 5

/* What a worker does, and with what. */
struct worker_job {
    /* Standard input is the request; standard error goes to the monitor, which passes it on. No
     * other descriptor of the monitor is open, except `input` and `output` in their places. */
    void (*run)(void *user, struct worker_result *result);
    void *user;
    void (*warn)(void *user, const char *text); /* in the monitor */
    int output; /* -1: none; else its number is WORKER_PLACES or above */
    int input;  /* if there is output; -1: none */
};

enum worker_state { WORKER_BUSY, WORKER_DONE, WORKER_FAILED };

/* The monitor's side. */
struct worker {
    pid_t pid;  /* 0: none, or it was waited for */
    int status; /* as wait(2) returned it then */
    int request_fd;
    int result_fd;
    int trace_fd;    /* its standard error */
    span request;    /* what of it is still to be written; borrowed */
    size_t received; /* of the result */
    size_t traced;   /* bytes of its standard error that were passed on */
    const struct worker_job *job;
    struct worker_result *result;
};

#define WORKER_DESCRIPTORS 3u

/* The worker is killed when this process ends. `job` and `request` are borrowed until worker_stop.
 * INTERNAL. */
PINETOKEN_MUST_USE bool worker_start(struct worker *worker, const struct worker_job *job,
                                     span request, struct worker_result *result,
                                     pinetoken_error *error);
/* What to poll(2) for before the next worker_step. */
void worker_descriptors(const struct worker *worker, struct pollfd out[WORKER_DESCRIPTORS]);
/* Moves request, standard error and result as far as they go without blocking. FAILED: *error says
 * why there is no result. */
PINETOKEN_MUST_USE enum worker_state worker_step(struct worker *worker, pinetoken_error *error);
/* For those who wait for every child: whether it was this one. */
PINETOKEN_MUST_USE bool worker_reaped(struct worker *worker, pid_t pid, int status);
/* Ends it whatever it is doing, and passes its warning on if it was done. */
void worker_stop(struct worker *worker);

/* All of this at once, with some grace after the job's own timeout. False: *error is the monitor's
 * or the result's own. */
PINETOKEN_MUST_USE bool worker_run(const struct worker_job *job, span request, int64_t timeout_ms,
                                   struct worker_result *result, pinetoken_error *error);

#endif
