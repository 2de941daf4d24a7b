/* The exchange: a transaction whose sink collects the body and then reads a token from it. See
 * pinetoken.h. */
#include "oauth/exchange.h"
#include "base/error.h"
#include "base/secret.h"
#include "oauth/config.h"
#include "oauth/token_request.h"
#include "oauth/token_response.h"

struct pinetoken_exchange {
    struct transaction transaction; /* first: one is the other */
    struct token_response token;    /* in PINETOKEN_COMPLETE */
    struct echoes echoes;           /* hashes of the secret, to be masked in the response */
};

_Static_assert(sizeof(struct pinetoken_exchange) <= PINETOKEN_EXCHANGE_SIZE,
               "the exchange fits its storage");
_Static_assert(LIMIT_REQUEST_HEAD < TRANSACTION_BUFFER &&
                   LIMIT_RESPONSE_HEAD + TRANSACTION_SPARE < TRANSACTION_BUFFER,
               "there is room for a body after the head");

/* ---- the sink -------------------------------------------------------------------------------- */

/* An issuer may repeat what it was sent. */
static bool exchange_head(struct transaction *transaction) {
    const struct pinetoken_exchange *exchange = (const struct pinetoken_exchange *)transaction;
    const size_t head_size = transaction->response.head_size;
    response_limit_body(&transaction->response,
                        sizeof transaction->buffer - TRANSACTION_SPARE - head_size);
    echoes_mask(&exchange->echoes, transaction->buffer, head_size);
    return true;
}

static bool exchange_content(struct transaction *transaction, char *data, size_t size) {
    (void)data;
    transaction->held += size;
    return true;
}

/* A body that broke off does not matter if the status line is a refusal already: it would only
 * have explained it. */
static bool exchange_end(struct transaction *transaction, bool is_complete) {
    const struct response *response = &transaction->response;
    struct pinetoken_exchange *exchange = (struct pinetoken_exchange *)transaction;
    if (!is_complete && response->status == 200) {
        return false;
    }
    const struct token_body body = {
        .data = transaction->buffer + response->head_size,
        .size = is_complete ? transaction->held - response->head_size : 0,
        .echoes = &exchange->echoes,
    };
    return token_response_read(response, &body, &exchange->token, &transaction->error);
}

static const struct transaction_kind exchange_kind = {
    .head = exchange_head,
    .content = exchange_content,
    .end = exchange_end,
};

/* ---- init ------------------------------------------------------------------------------------ */

struct transaction *exchange_transaction(pinetoken_exchange *exchange) {
    return &exchange->transaction;
}

pinetoken_exchange *exchange_init(pinetoken_exchange_storage *storage,
                                  const pinetoken_config *config, const struct url *url,
                                  pinetoken_error *error) {
    pinetoken_exchange *exchange = (pinetoken_exchange *)storage;
    struct transaction *transaction = &exchange->transaction;
    struct buffer buffer;
    struct token_request request;
    transaction_init(transaction, &exchange_kind, "POST", LIMIT_RESPONSE_BODY);
    transaction->log = (struct log){config->log, config->user, config->log_level};
    transaction->is_repeatable = true;
    exchange->token = (struct token_response){.expires_in = -1};
    buffer_init(&buffer, transaction->buffer, sizeof transaction->buffer);
    if (!token_request_write(config, url, &buffer, &request, error)) {
        return NULL;
    }
    transaction->output = request.message;
    exchange->echoes = request.echoes;
    return exchange;
}

pinetoken_exchange *pinetoken_exchange_init(pinetoken_exchange_storage *storage,
                                            const pinetoken_config *config,
                                            pinetoken_error *error) {
    struct url url;
    if (!config_check_size(config, error) ||
        !url_parse(span_text(config->token_url), &url, error) || !config_check(config, error)) {
        return NULL;
    }
    return exchange_init(storage, config, &url, error);
}

/* ---- the public functions, which hold whatever the caller does wrong --------------------------
 */

pinetoken_want pinetoken_exchange_state(const pinetoken_exchange *exchange) {
    return exchange->transaction.state;
}

pinetoken_span pinetoken_exchange_output(const pinetoken_exchange *exchange) {
    return transaction_output(&exchange->transaction);
}

void pinetoken_exchange_sent(pinetoken_exchange *exchange, size_t size) {
    struct transaction *transaction = &exchange->transaction;
    if (transaction->state == PINETOKEN_WANT_SEND && size <= transaction->output.size) {
        transaction_sent(transaction, size);
    }
}

char *pinetoken_exchange_input(pinetoken_exchange *exchange, size_t *capacity) {
    if (exchange->transaction.state != PINETOKEN_WANT_RECEIVE) {
        *capacity = 0;
        return NULL;
    }
    return transaction_input(&exchange->transaction, capacity);
}

void pinetoken_exchange_received(pinetoken_exchange *exchange, size_t size) {
    struct transaction *transaction = &exchange->transaction;
    if (transaction->state == PINETOKEN_WANT_RECEIVE &&
        size <= sizeof transaction->buffer - transaction->held) {
        transaction_received(transaction, size);
    }
}

void pinetoken_exchange_closed(pinetoken_exchange *exchange, bool authenticated) {
    pinetoken_want state = exchange->transaction.state;
    if (state == PINETOKEN_WANT_SEND || state == PINETOKEN_WANT_RECEIVE) {
        transaction_closed(&exchange->transaction, authenticated);
    }
}

void pinetoken_exchange_token(const pinetoken_exchange *exchange, pinetoken_token *token) {
    *token = (pinetoken_token){.access_token = exchange->token.access_token,
                               .expires_in = exchange->token.expires_in,
                               .expires_at = -1,
                               .obtained_at = -1};
}

void pinetoken_exchange_failure(const pinetoken_exchange *exchange, pinetoken_error *error) {
    *error = exchange->transaction.error;
}

void pinetoken_exchange_wipe(pinetoken_exchange *exchange) {
    /* What the last state still knows is part of the response, too. */
    secret_wipe(exchange, sizeof *exchange);
    exchange->transaction.state = PINETOKEN_FAILED;
    error_clear(&exchange->transaction.error);
}
