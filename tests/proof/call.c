/* A call at any point of it, any bytes sent, received or given by the caller, or any end, over the
 * contract of the response parser: the caller is given and asked for bytes within the buffer alone,
 * what is to be sent lies within it too, and while more is wanted there is room for it. */
#include "http/call.h"
#include "base/secret.h"
#include "oauth/token_response.h"
#include "response_contract.h"

static struct call call;

static span all(void) {
    return (span){call.buffer, sizeof call.buffer};
}

bool token_answer_is_temporary(int http_status) {
    (void)http_status;
    return nondet_bool();
}

int64_t token_answer_wait(const struct response *response) {
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
    size_t start = nondet_size();
    size_t end = nondet_size();
    size_t sent = nondet_size();
    ASSUME(start < end && end <= sizeof call.buffer && sent <= end - start);
    call.output = span_cut(all(), start, end);
    call.state = PINETOKEN_WANT_SEND;
    call.body_ended = nondet_bool();
    call.body_sent = nondet_uint64();
    ASSUME(call.request->content_length < 0 || call.body_ended ||
           call.body_sent < (uint64_t)call.request->content_length);
    call_sent(&call, sent);
    assert(lies_within(call_output(&call), all()));
    assert(call.state != PINETOKEN_WANT_SEND || call_output(&call).size > 0);
}

static void check_receiving(void) {
    size_t capacity = 0;
    size_t size = nondet_size();
    call.state = PINETOKEN_WANT_RECEIVE;
    call.head_done = nondet_bool();
    call.held = call.head_done ? 0 : nondet_size();
    call.may_refuse = nondet_bool();
    ASSUME(call.held < LIMIT_RESPONSE_HEAD);
    char *input = call_input(&call, &capacity);
    assert(capacity > 0 && lies_within((span){input, capacity}, all()));
    ASSUME(size <= capacity);
    if (nondet_bool()) {
        call_closed(&call, nondet_bool());
        assert(call.state == PINETOKEN_COMPLETE || call.state == PINETOKEN_FAILED);
        return;
    }
    call_received(&call, size);
    assert(call.held < LIMIT_RESPONSE_HEAD || call.state != PINETOKEN_WANT_RECEIVE);
    assert(!call.head_done || call.held == 0 || call.state != PINETOKEN_WANT_RECEIVE);
}

int main(void) {
    pinetoken_call request = {.method = nondet_bool() ? "HEAD" : "GET",
                              .read = give_body,
                              .write = take_body,
                              .content_length = nondet_int64(),
                              .with_head = nondet_bool(),
                              .refuse_unauthorized = nondet_bool()};
    call.request = &request;
    call.response.body_limit = UINT64_MAX;
    call.response.body_size = nondet_uint64();
    if (nondet_bool()) {
        check_sending();
    } else {
        check_receiving();
    }
    return 0;
}
