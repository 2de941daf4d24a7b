/* A call at any point of it, any bytes sent, received or given by the caller, or any end, over the
 * contract of the response parser: the caller gets and fills only bytes within the buffer, what is
 * to be sent is within it, too, and while more is wanted there is room for it. */
#include "http/call.c"
#include "base/secret.h"
#include "response_contract.h"

static struct call call;

static span all(void) {
    return (span){call.transaction.buffer, sizeof call.transaction.buffer};
}

bool retry_after_is_transient(int http_status) {
    (void)http_status;
    return nondet_bool();
}

int64_t retry_after_ms(const struct response *response) {
    (void)response;
    return nondet_int64();
}

void secret_wipe(void *data, size_t size) {
    assert(lies_within((span){data, size}, all()));
}

static bool give_body(void *user, char *data, size_t capacity, size_t *size) {
    (void)user;
    assert(lies_within((span){data, capacity}, all()));
    *size = nondet_size();
    ASSUME(*size <= capacity);
    return nondet_bool();
}

static bool take_body(void *user, const char *data, size_t size) {
    (void)user;
    assert(lies_within((span){data, size}, all()));
    return nondet_bool();
}

static void check_sending(void) {
    struct transaction *transaction = &call.transaction;
    size_t start = nondet_size();
    size_t end = nondet_size();
    size_t sent = nondet_size();
    ASSUME(start < end && end <= sizeof transaction->buffer && sent <= end - start);
    transaction->output = span_cut(all(), start, end);
    transaction->state = PINETOKEN_WANT_SEND;
    call.body_ended = nondet_bool();
    call.body_sent = nondet_uint64();
    ASSUME(call.request->content_length < 0 || call.body_ended ||
           call.body_sent < (uint64_t)call.request->content_length);
    transaction_sent(transaction, sent);
    assert(lies_within(transaction_output(transaction), all()));
    assert(transaction->state != PINETOKEN_WANT_SEND || transaction_output(transaction).size > 0);
}

static void check_receiving(void) {
    struct transaction *transaction = &call.transaction;
    size_t capacity = 0;
    size_t size = nondet_size();
    transaction->state = PINETOKEN_WANT_RECEIVE;
    transaction->has_head = nondet_bool();
    transaction->held = nondet_size();
    call.is_last = nondet_bool();
    ASSUME(transaction->held < LIMIT_RESPONSE_HEAD);
    char *input = transaction_input(transaction, &capacity);
    assert(capacity > 0 && lies_within((span){input, capacity}, all()));
    ASSUME(size <= capacity);
    if (nondet_bool()) {
        transaction_closed(transaction, nondet_bool());
        assert(transaction->state == PINETOKEN_COMPLETE || transaction->state == PINETOKEN_FAILED);
        return;
    }
    transaction_received(transaction, size);
    assert(transaction->held <= LIMIT_RESPONSE_HEAD ||
           transaction->state != PINETOKEN_WANT_RECEIVE);
}

int main(void) {
    pinetoken_call request = {.size = sizeof request,
                              .method = nondet_bool() ? "HEAD" : "GET",
                              .read = give_body,
                              .write = take_body,
                              .content_length = nondet_int64(),
                              .with_head = nondet_bool(),
                              .refuse_unauthorized = nondet_bool(),
                              .refuse_transient = nondet_bool()};
    call.request = &request;
    call.transaction.kind = &call_kind;
    call.transaction.method = request.method;
    call.transaction.is_repeatable = nondet_bool();
    call.transaction.response.body_limit = RESPONSE_UNLIMITED;
    content_received = nondet_size();
    if (nondet_bool()) {
        check_sending();
    } else {
        check_receiving();
    }
    return 0;
}
