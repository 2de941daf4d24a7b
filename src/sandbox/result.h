/* What a worker returns: one record of fixed size, of which its monitor believes nothing. */
#ifndef SANDBOX_RESULT_H
#define SANDBOX_RESULT_H

#include "base/error.h"
#include "base/limits.h"

/* A warning as it is printed, and its NUL. */
#define WORKER_WARNING_MAX (ERROR_LINE_CAPACITY + 1u)

/* As cache/sealed.h has them. */
#define WORKER_SHARED_STATES 4
#define WORKER_SHARED_ID 32u

/* All zeros, except what is set. */
struct worker_result {
    pinetoken_error error; /* status OK: there is a token, or a response */
    int64_t expires_in;
    int64_t expires_at;
    int64_t obtained_at;
    uint64_t token_size;
    char token[LIMIT_SEALED];         /* or a value of a shared cache, of any bytes */
    char warning[WORKER_WARNING_MAX]; /* NUL-terminated */
    pinetoken_response response;      /* response of a call, which has no token */
    int64_t shared_state; /* state of a request to a shared cache, plus one; 0: this is a fetch */
    int64_t shared_left_ms;
    char shared_id[WORKER_SHARED_ID];
    int64_t refused_call; /* number of the system call that the sandbox refused; -1: none */
};

void worker_result_set_token(struct worker_result *result, const pinetoken_token *token);
/* Borrowed from the result. */
pinetoken_token worker_result_token(const struct worker_result *result);
/* Whether each member is one that a worker of ours could have written. */
PINETOKEN_MUST_USE bool worker_result_is_valid(const struct worker_result *result);
/* "" if there is none, or if it is not text. */
const char *worker_result_warning(const struct worker_result *result);

#endif
