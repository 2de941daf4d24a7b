/* A call of an API with a token: a transaction whose request has its body from the caller, and
 * whose sink passes the response on as it comes. In constant memory, whatever the sizes. */
#ifndef HTTP_CALL_H
#define HTTP_CALL_H

#include "http/transaction.h"
#include "http/url.h"

struct call {
    struct transaction transaction; /* first: one is the other */
    const pinetoken_call *request;  /* borrowed */
    bool is_last;    /* no retry follows: a transient status is a response like any other */
    bool body_ended; /* that of the request */
    uint64_t body_sent;
    char request_id[sizeof((pinetoken_response *)0)->request_id];
};

/* Writes the head of the request. `config` gives the API version and the log. USAGE: method, token,
 * content type or headers are not valid, or too long together. */
PINETOKEN_MUST_USE bool call_init(struct call *call, const pinetoken_config *config,
                                  const struct url *url, const pinetoken_call *request,
                                  pinetoken_error *error);
/* After PINETOKEN_COMPLETE. */
void call_response(const struct call *call, pinetoken_response *response);

/* USAGE: the method, the token, the content type or a header field is not valid. */
PINETOKEN_MUST_USE bool call_check(const pinetoken_call *request, pinetoken_error *error);
/* USAGE: not a token, with lower-case letters, CONNECT or TRACE. */
PINETOKEN_MUST_USE bool call_check_method(span method, pinetoken_error *error);

/* Whether doing it twice does as much as doing it once (RFC 9110 9.2.2). */
bool call_is_idempotent(span method);

#endif
