/* A process of its own for what may go wrong: it gets a request by a pipe and gives back one
 * result, of fixed size, which is checked. */
#ifndef SANDBOX_WORKER_H
#define SANDBOX_WORKER_H

#include "base/error.h"

#include <sys/types.h>

/* The longest token. */
#define TOKEN_MAX 16384u

/* An error as it is printed, and its NUL. */
#define WORKER_WARNING_MAX (ERROR_LINE_CAPACITY + 1u)

/* All zeros but for what is set. */
struct worker_result {
    pinetoken_error error; /* status OK: there is a token */
    int64_t expires_in;
    int64_t expires_at;
    int64_t obtained_at;
    uint64_t token_size;
    char token[TOKEN_MAX];
    char warning[WORKER_WARNING_MAX]; /* NUL-terminated */
    pinetoken_response answer;        /* of a call; there is no token then */
};

void worker_result_set_token(struct worker_result *result, const pinetoken_token *token);
/* Borrowed from it. */
pinetoken_token worker_result_token(const struct worker_result *result);

/* What it does. Standard input is the request's pipe; there is no standard output, and no other
 * descriptor of the parent's but standard error and those that it was given. */
typedef void (*worker_job)(void *user, struct worker_result *result);

struct worker {
    pid_t pid;      /* 0: none, or it was waited for */
    int status;     /* as wait(2) told it then */
    int request_fd; /* to write to, blocking */
    int result_fd;  /* becomes readable; not blocking */
    size_t got;     /* of the result */
    struct worker_result *result;
};

#define WORKER_ENDED_BADLY "worker: did its work, but did not end well (report this)"

enum worker_state { WORKER_BUSY, WORKER_DONE, WORKER_FAILED };

/* Descriptors that a worker keeps, by their numbers; -1: none. */
struct worker_descriptors {
    int input, output;
};

/* It dies with this process. INTERNAL. */
PINETOKEN_MUST_USE bool worker_start(struct worker *worker, worker_job job, void *user,
                                     const struct worker_descriptors *descriptors,
                                     struct worker_result *result, pinetoken_error *error);
/* The request is whole, or there is none. */
void worker_end_request(struct worker *worker);
/* Takes what there is of the result. FAILED: *error says why. */
PINETOKEN_MUST_USE enum worker_state worker_take(struct worker *worker, pinetoken_error *error);
/* For those who wait for every child: whether it was this one. */
bool worker_note_end(struct worker *worker, pid_t pid, int status);
/* Ends it, whatever it is doing. False: it was done, and yet did not end well. */
bool worker_end(struct worker *worker);
/* Waits for the result for at most `timeout_ms`. */
PINETOKEN_MUST_USE bool worker_wait(struct worker *worker, int64_t timeout_ms,
                                    pinetoken_error *error);

#endif
