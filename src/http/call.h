/* A call of an API with a token: one request out, its body from a stream or from memory, and an
 * answer whose body goes to the caller as it comes. Bytes only, in constant memory. */
#ifndef HTTP_CALL_H
#define HTTP_CALL_H

#include "base/limits.h"
#include "http/response.h"
#include "http/url.h"

/* What is decoded at once. A request's head with the longest token fits, and an answer's. */
#define CALL_BUFFER 24576u

struct call {
    pinetoken_want state;
    pinetoken_error error;
    const pinetoken_call *request; /* borrowed */
    bool may_refuse;  /* a status that may pass by itself is an error, its body dropped */
    bool is_consumed; /* something was read from or given to the caller: no second try */
    bool body_ended;  /* the request's */
    uint64_t body_sent;
    span output;
    struct response response;
    size_t held;
    bool head_done;
    char request_id[64]; /* printable ASCII; "": the answer has none */
    char buffer[CALL_BUFFER];
};

/* USAGE: method, content type or headers are not ones, or are too long. */
PINETOKEN_MUST_USE bool call_init(struct call *call, const pinetoken_config *config,
                                  const struct url *url, const pinetoken_call *request,
                                  pinetoken_error *error);
/* As pinetoken_exchange's. LOCAL: the caller's function failed. */
span call_output(const struct call *call);
void call_sent(struct call *call, size_t size);
char *call_input(struct call *call, size_t *capacity);
void call_received(struct call *call, size_t size);
void call_closed(struct call *call, bool authenticated);

/* Doing it twice does as much as doing it once (RFC 9110 9.2.2). */
bool call_is_idempotent(span method);

#endif
