/* Any bytes received or end seen, at any point of a response, over the contracts of the parsers:
 * what is stored fits in the buffer, and while more is wanted there is room for it. */
#include "oauth/exchange.c"
#include "response_contract.h"

bool token_response_read(const struct response *response, const struct token_body *body,
                         struct token_response *token, pinetoken_error *error) {
    (void)response;
    assert(body->size == 0 || __CPROVER_rw_ok(body->data, body->size));
    if (nondet_bool()) {
        return any_failure(error);
    }
    token->access_token = (span){body->data, body->size};
    return true;
}

int main(void) {
    static pinetoken_exchange state;
    pinetoken_exchange *exchange = &state;
    struct transaction *transaction = &exchange->transaction;
    size_t capacity = 0;
    transaction->kind = &exchange_kind;
    transaction->method = "POST";
    transaction->state = PINETOKEN_WANT_RECEIVE;
    transaction->has_head = nondet_bool();
    transaction->held = nondet_size();
    transaction->response.body_limit = LIMIT_RESPONSE_BODY;
    transaction->response.head_size = nondet_size();
    content_received = nondet_size();
    ASSUME(transaction->response.head_size <= LIMIT_RESPONSE_HEAD);
    if (transaction->has_head) {
        response_limit_body(&transaction->response, TRANSACTION_BUFFER - TRANSACTION_SPARE -
                                                        transaction->response.head_size);
    }
    ASSUME(content_received <= transaction->response.body_limit);
    if (transaction->has_head) {
        ASSUME(transaction->held == transaction->response.head_size + content_received);
    } else {
        ASSUME(transaction->held < LIMIT_RESPONSE_HEAD && content_received == 0);
    }
    char *input = pinetoken_exchange_input(exchange, &capacity);
    assert(capacity > 0 && __CPROVER_rw_ok(input, capacity));
    if (nondet_bool()) {
        pinetoken_exchange_closed(exchange, nondet_bool());
        assert(transaction->state != PINETOKEN_WANT_RECEIVE);
        return 0;
    }
    size_t size = nondet_size();
    ASSUME(size <= capacity);
    pinetoken_exchange_received(exchange, size);
    assert(transaction->held <= sizeof transaction->buffer);
    input = pinetoken_exchange_input(exchange, &capacity);
    assert(transaction->state != PINETOKEN_WANT_RECEIVE || capacity > 0);
    return 0;
}
