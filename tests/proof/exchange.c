/* Any bytes received or end seen, at any point of an answer, over the contracts of the parsers:
 * what is held fits the buffer, and as long as more is wanted there is room for it. */
#include "oauth/exchange.c"
#include "response_contract.h"

bool token_response_read(const struct response *response, char *body, size_t size,
                         struct token_response *answer, pinetoken_error *error) {
    (void)response;
    assert(size == 0 || __CPROVER_rw_ok(body, size));
    if (nondet_bool()) {
        return any_failure(error);
    }
    answer->access_token = (span){body, size};
    return true;
}

int main(void) {
    static pinetoken_exchange state;
    pinetoken_exchange *exchange = &state;
    size_t capacity = 0;
    exchange->state = PINETOKEN_WANT_RECEIVE;
    exchange->head_done = nondet_bool();
    exchange->held = nondet_size();
    exchange->response.body_limit = LIMIT_RESPONSE_BODY;
    exchange->response.head_size = nondet_size();
    exchange->response.body_size = nondet_size();
    ASSUME(exchange->response.head_size <= LIMIT_RESPONSE_HEAD);
    ASSUME(exchange->response.body_size <= LIMIT_RESPONSE_BODY);
    if (exchange->head_done) {
        ASSUME(exchange->held == exchange->response.head_size + exchange->response.body_size);
    } else {
        ASSUME(exchange->held < LIMIT_RESPONSE_HEAD && exchange->response.body_size == 0);
    }
    char *input = pinetoken_exchange_input(exchange, &capacity);
    assert(capacity > 0 && __CPROVER_rw_ok(input, capacity));
    if (nondet_bool()) {
        pinetoken_exchange_closed(exchange, nondet_bool());
        assert(exchange->state != PINETOKEN_WANT_RECEIVE);
        return 0;
    }
    size_t size = nondet_size();
    ASSUME(size <= capacity);
    pinetoken_exchange_received(exchange, size);
    assert(exchange->held <= sizeof exchange->buffer);
    input = pinetoken_exchange_input(exchange, &capacity);
    assert(exchange->state != PINETOKEN_WANT_RECEIVE || capacity > 0);
    return 0;
}
