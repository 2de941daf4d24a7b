#include "http/transaction.h"

#include "base/assert.h"
#include "base/error.h"
#include "base/secret.h"

void transaction_init(struct transaction *transaction, const struct transaction_kind *kind,
                      const char *method, uint64_t body_limit) {
    *transaction =
        (struct transaction){.kind = kind, .method = method, .state = PINETOKEN_WANT_SEND};
    error_clear(&transaction->error);
    response_init(&transaction->response, body_limit);
}

static void transaction_fail(struct transaction *transaction) {
    transaction->error.http_status = transaction->response.status;
    transaction->state = PINETOKEN_FAILED;
}

/* ---- the request ----------------------------------------------------------------------------- */

span transaction_output(const struct transaction *transaction) {
    return transaction->output;
}

static bool transaction_produce(struct transaction *transaction) {
    return transaction->kind->produce == NULL || transaction->kind->produce(transaction);
}

void transaction_sent(struct transaction *transaction, size_t size) {
    assert(transaction->state == PINETOKEN_WANT_SEND && size <= transaction->output.size);
    span *output = &transaction->output;
    secret_wipe(transaction->buffer + (output->data - transaction->buffer), size);
    *output = span_cut(*output, size, output->size);
    if (output->size > 0) {
        return;
    }
    if (!transaction_produce(transaction)) {
        transaction_fail(transaction);
    } else if (output->size == 0) {
        transaction->state = PINETOKEN_WANT_RECEIVE;
    }
}

void transaction_stop_sending(struct transaction *transaction) {
    assert(transaction->state == PINETOKEN_WANT_SEND);
    span *output = &transaction->output;
    secret_wipe(transaction->buffer + (output->data - transaction->buffer), output->size);
    *output = span_cut(*output, output->size, output->size);
    transaction->state = PINETOKEN_WANT_RECEIVE;
}

/* ---- the response ---------------------------------------------------------------------------- */

char *transaction_input(struct transaction *transaction, size_t *capacity) {
    assert(transaction->state == PINETOKEN_WANT_RECEIVE);
    *capacity = sizeof transaction->buffer - transaction->held;
    return transaction->buffer + transaction->held;
}

static void transaction_end(struct transaction *transaction, bool is_complete) {
    if (transaction->kind->end(transaction, is_complete)) {
        transaction->state = PINETOKEN_COMPLETE;
    } else {
        transaction_fail(transaction);
    }
}

static void transaction_log_rest(const struct transaction *transaction, size_t size) {
    if (size > 0) {
        log_event(&transaction->log, EVENT_HTTP_SURPLUS, SPAN(""), (int64_t)size);
    }
}

/* `size` bytes of the body lie after what is held. */
static void transaction_take_body(struct transaction *transaction, size_t size) {
    char *data = transaction->buffer + transaction->held;
    size_t content = 0;
    size_t taken = 0;
    enum response_progress progress =
        response_body(&transaction->response, data, size, &content, &taken, &transaction->error);
    if (content > 0 && !transaction->kind->content(transaction, data, content)) {
        transaction_fail(transaction);
        return;
    }
    if (progress == RESPONSE_DONE) {
        transaction_log_rest(transaction, size - taken);
    }
    if (progress != RESPONSE_MORE) {
        transaction_end(transaction, progress == RESPONSE_DONE);
    }
}

static void transaction_log_head(const struct transaction *transaction) {
    const struct response *response = &transaction->response;
    log_event(&transaction->log, EVENT_HTTP_RESPONSE, response->content_type, response->status);
    if (response->date.size > 0) {
        log_event(&transaction->log, EVENT_HTTP_DATE, response->date, -1);
    }
}

/* `received` bytes lie in the buffer, the head and what came with it. */
static void transaction_take_head(struct transaction *transaction, size_t received) {
    transaction->has_head = true;
    transaction->held = transaction->response.head_size;
    /* First, for it may mask what is logged. */
    bool is_taken = transaction->kind->head(transaction);
    transaction_log_head(transaction);
    if (!is_taken) {
        transaction_fail(transaction);
        return;
    }
    transaction_take_body(transaction, received - transaction->response.head_size);
}

void transaction_received(struct transaction *transaction, size_t size) {
    assert(transaction->state == PINETOKEN_WANT_RECEIVE &&
           size <= sizeof transaction->buffer - transaction->held);
    size_t received = transaction->held + size;
    if (transaction->has_head) {
        transaction_take_body(transaction, size);
        return;
    }
    enum response_progress progress = response_head(
        &transaction->response, (span){transaction->buffer, received}, &transaction->error);
    if (progress == RESPONSE_MORE) {
        transaction->held = received;
    } else if (progress == RESPONSE_BAD) {
        transaction_fail(transaction);
    } else {
        transaction_take_head(transaction, received);
    }
}

void transaction_closed(struct transaction *transaction, bool authenticated) {
    assert(transaction->state == PINETOKEN_WANT_SEND ||
           transaction->state == PINETOKEN_WANT_RECEIVE);
    pinetoken_error *error = &transaction->error;
    if (transaction->has_head) {
        transaction_end(transaction, response_closed(&transaction->response, authenticated,
                                                     error) == RESPONSE_DONE);
        return;
    }
    if (transaction->held == 0) {
        error_set(error, PINETOKEN_NETWORK, "connection: closed by the peer before it responded",
                  "");
        error->transient = true;
    } else {
        error_at(error, PINETOKEN_PROTOCOL, "response: the connection was closed in its head",
                 transaction->held);
    }
    transaction_fail(transaction);
}
