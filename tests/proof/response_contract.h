/* What the response parser gives, whatever came: response_head.c, response_body.c and chunked.c
 * prove it of the real one. */
#ifndef PROOF_RESPONSE_CONTRACT_H
#define PROOF_RESPONSE_CONTRACT_H

#include "base/error.h"
#include "base/limits.h"
#include "http/response.h"
#include "proof.h"

/* Bytes of content so far. */
static size_t content_received;

static bool any_failure(pinetoken_error *error) {
    return error_set(error, PINETOKEN_PROTOCOL, "any", "");
}

enum response_progress response_head(struct response *response, span received,
                                     pinetoken_error *error) {
    unsigned progress = nondet_unsigned();
    size_t size = nondet_size();
    ASSUME(progress <= RESPONSE_BAD && size <= received.size);
    ASSUME(progress != RESPONSE_MORE || received.size < LIMIT_RESPONSE_HEAD);
    response->head_size = nondet_size();
    response->status = (int)nondet_unsigned();
    ASSUME(response->head_size <= received.size && response->head_size <= LIMIT_RESPONSE_HEAD);
    response->request_id = span_cut(received, 0, size);
    if (progress == RESPONSE_BAD) {
        any_failure(error);
    }
    return (enum response_progress)progress;
}

void response_limit_body(struct response *response, uint64_t body_limit) {
    response->body_limit = body_limit < response->body_limit ? body_limit : response->body_limit;
}

enum response_progress response_body(struct response *response, char *data, size_t size,
                                     size_t *content, size_t *taken, pinetoken_error *error) {
    unsigned progress = nondet_unsigned();
    assert(size == 0 || __CPROVER_rw_ok(data, size));
    *content = nondet_size();
    *taken = nondet_size();
    ASSUME(progress <= RESPONSE_BAD && *content <= size && *taken <= size);
    ASSUME(*content <= response->body_limit - content_received);
    ASSUME(progress != RESPONSE_MORE || *taken == size);
    content_received += *content;
    if (progress == RESPONSE_BAD) {
        any_failure(error);
    }
    return (enum response_progress)progress;
}

enum response_progress response_closed(const struct response *response, bool authenticated,
                                       pinetoken_error *error) {
    (void)response;
    (void)authenticated;
    if (nondet_bool()) {
        return RESPONSE_DONE;
    }
    any_failure(error);
    return RESPONSE_BAD;
}

#endif
