/* The core: one request out, one answer in, over one buffer. See pinetoken.h. */
#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/secret.h"
#include "http/response.h"
#include "oauth/token_request.h"
#include "oauth/token_response.h"

/* The slack lets the framing behind a body of full size in: there is always room to receive. */
#define EXCHANGE_BUFFER (LIMIT_RESPONSE_HEAD + LIMIT_RESPONSE_BODY + 1024u)

struct pinetoken_exchange {
    pinetoken_want state;
    pinetoken_error error;
    struct log log;
    span output; /* of the request, what is not sent */
    struct response response;
    size_t held; /* bytes in use of the buffer: the head, then decoded content */
    bool head_done;
    struct token_response answer;
    char buffer[EXCHANGE_BUFFER]; /* the request, then, that wiped, the answer */
};

_Static_assert(sizeof(struct pinetoken_exchange) <= PINETOKEN_EXCHANGE_SIZE,
               "the exchange fits its storage");
_Static_assert(LIMIT_REQUEST_HEAD < EXCHANGE_BUFFER, "a request's head leaves room for its body");

pinetoken_exchange *pinetoken_exchange_init(pinetoken_exchange_storage *storage,
                                            const pinetoken_config *given, pinetoken_error *error) {
    pinetoken_exchange *exchange = (pinetoken_exchange *)storage;
    pinetoken_config config;
    struct url url;
    if (!token_request_take(&config, given, error) || !token_request_check(&config, &url, error)) {
        return NULL;
    }
    *exchange = (pinetoken_exchange){.state = PINETOKEN_WANT_SEND,
                                     .log = {config.log, config.user, config.log_level}};
    error_clear(&exchange->error);
    response_init(&exchange->response, LIMIT_RESPONSE_BODY);
    if (!token_request_write(&config, &url, exchange->buffer, sizeof exchange->buffer,
                             &exchange->output, error)) {
        return NULL;
    }
    return exchange;
}

pinetoken_want pinetoken_exchange_state(const pinetoken_exchange *exchange) {
    return exchange->state;
}

pinetoken_span pinetoken_exchange_output(const pinetoken_exchange *exchange) {
    return exchange->output;
}

void pinetoken_exchange_sent(pinetoken_exchange *exchange, size_t size) {
    if (exchange->state != PINETOKEN_WANT_SEND || size > exchange->output.size) {
        return;
    }
    secret_wipe(exchange->buffer + (exchange->output.data - exchange->buffer), size);
    exchange->output = span_cut(exchange->output, size, exchange->output.size);
    if (exchange->output.size == 0) {
        exchange->state = PINETOKEN_WANT_RECEIVE;
    }
}

char *pinetoken_exchange_input(pinetoken_exchange *exchange, size_t *capacity) {
    if (exchange->state != PINETOKEN_WANT_RECEIVE) {
        *capacity = 0;
        return NULL;
    }
    *capacity = sizeof exchange->buffer - exchange->held;
    return exchange->buffer + exchange->held;
}

static void fail(pinetoken_exchange *exchange) {
    exchange->error.http_status = exchange->response.status;
    exchange->state = PINETOKEN_FAILED;
}

static void finish(pinetoken_exchange *exchange) {
    size_t start = exchange->response.head_size;
    if (!token_response_read(&exchange->response, exchange->buffer + start, exchange->held - start,
                             &exchange->answer, &exchange->error)) {
        fail(exchange);
        return;
    }
    exchange->state = PINETOKEN_COMPLETE;
}

/* The answer broke behind its head. Where its status line is a refusal already, that is what it
 * was: the body would only explain. */
static void break_off(pinetoken_exchange *exchange) {
    if (exchange->response.status != 200) {
        exchange->held = exchange->response.head_size;
        finish(exchange);
        return;
    }
    fail(exchange);
}

/* Decodes `size` bytes of body that lie behind what is held. */
static void receive_body(pinetoken_exchange *exchange, size_t size) {
    size_t content = 0;
    size_t taken = 0;
    enum response_progress progress =
        response_body(&exchange->response, exchange->buffer + exchange->held, size, &content,
                      &taken, &exchange->error);
    if (progress == RESPONSE_BAD) {
        break_off(exchange);
        return;
    }
    exchange->held += content;
    if (progress == RESPONSE_DONE && taken < size) {
        log_event(&exchange->log, EVENT_HTTP_SURPLUS, SPAN(""), (int64_t)(size - taken));
    }
    if (progress == RESPONSE_DONE) {
        finish(exchange);
    }
}

void pinetoken_exchange_received(pinetoken_exchange *exchange, size_t size) {
    if (exchange->state != PINETOKEN_WANT_RECEIVE ||
        size > sizeof exchange->buffer - exchange->held) {
        return;
    }
    if (exchange->head_done) {
        receive_body(exchange, size);
        return;
    }
    size_t received = exchange->held + size;
    enum response_progress progress =
        response_head(&exchange->response, (span){exchange->buffer, received}, &exchange->error);
    if (progress == RESPONSE_BAD) {
        fail(exchange);
        return;
    }
    if (progress == RESPONSE_MORE) {
        exchange->held = received;
        return;
    }
    exchange->head_done = true;
    log_event(&exchange->log, EVENT_HTTP_RESPONSE, exchange->response.content_type,
              exchange->response.status);
    if (exchange->response.date.size > 0) {
        log_event(&exchange->log, EVENT_HTTP_DATE, exchange->response.date, -1);
    }
    exchange->held = exchange->response.head_size;
    receive_body(exchange, received - exchange->held);
}

void pinetoken_exchange_closed(pinetoken_exchange *exchange, bool authenticated) {
    if (exchange->state == PINETOKEN_COMPLETE || exchange->state == PINETOKEN_FAILED) {
        return;
    }
    if (exchange->state == PINETOKEN_WANT_SEND || exchange->held == 0) {
        error_set(&exchange->error, PINETOKEN_NETWORK,
                  "connection: closed by the peer before it answered", "");
        exchange->error.transient = true;
        fail(exchange);
        return;
    }
    if (!exchange->head_done) {
        error_at(&exchange->error, PINETOKEN_PROTOCOL,
                 "answer: the connection was closed in its head", exchange->held);
        fail(exchange);
        return;
    }
    if (response_closed(&exchange->response, authenticated, &exchange->error) != RESPONSE_DONE) {
        break_off(exchange);
        return;
    }
    finish(exchange);
}

void pinetoken_exchange_token(const pinetoken_exchange *exchange, pinetoken_token *token) {
    *token = (pinetoken_token){exchange->answer.access_token, exchange->answer.expires_in, -1, -1};
}

void pinetoken_exchange_failure(const pinetoken_exchange *exchange, pinetoken_error *error) {
    *error = exchange->error;
}

void pinetoken_exchange_wipe(pinetoken_exchange *exchange) {
    /* What the last state still knows is part of the answer too. */
    secret_wipe(exchange, sizeof *exchange);
    exchange->state = PINETOKEN_FAILED;
    error_clear(&exchange->error);
}
