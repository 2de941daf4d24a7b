/* One HTTP transaction: request bytes out, the head of the response, its body to a sink, the end.
 * Bytes only: whoever carries them knows neither what is asked for nor what becomes of the
 * response. After the first failure every call does nothing, and the first error stays. */
#ifndef HTTP_TRANSACTION_H
#define HTTP_TRANSACTION_H

#include "base/limits.h"
#include "base/log.h"
#include "http/response.h"

/* A response's head of 8 KiB and a body of full size that is collected; after a longer head the
 * body has what is left. There is always room to receive, TRANSACTION_SPARE at the end, which takes
 * the framing after the body. A request's head with the longest token fits, too. */
#define TRANSACTION_SPARE 1024u
#define TRANSACTION_BUFFER (LIMIT_REQUEST_HEAD + LIMIT_RESPONSE_BODY + TRANSACTION_SPARE)

struct transaction;

/* What one kind of transaction does, as a struct that starts with its struct transaction. False:
 * transaction->error says why, and that is its failure. */
struct transaction_kind {
    /* All of `output` was sent. Sets it to the next part; left empty, the request is complete.
     * NULL: it always is. */
    bool (*produce)(struct transaction *transaction);
    /* The head of the response is read, buffer[0..response.head_size); it may be changed in place
     * before it is logged. */
    bool (*head)(struct transaction *transaction);
    /* Content of the body, data[0..size) in the buffer, after buffer[0..held), which stays. Sets
     * `held` to what shall stay from here on. */
    bool (*content)(struct transaction *transaction, char *data, size_t size);
    /* The body ended; or, with is_complete false, it broke off, and the error says how. */
    bool (*end)(struct transaction *transaction, bool is_complete);
};

struct transaction {
    const struct transaction_kind *kind;
    const char *method; /* borrowed */
    struct log log;
    pinetoken_want state;
    pinetoken_error error; /* in PINETOKEN_FAILED */
    bool is_repeatable;    /* it may be made again: doing so is harmless, and nothing of it that is
                              not to be had or taken twice was read or written */
    bool has_head;         /* that of the response is read */
    span output;           /* what of the request is not sent; in `buffer` */
    struct response response;
    size_t held; /* bytes in use at the start of `buffer`, once it receives */
    char buffer[TRANSACTION_BUFFER];
};

/* Waits to send; `output` is the kind's to set. */
void transaction_init(struct transaction *transaction, const struct transaction_kind *kind,
                      const char *method, uint64_t body_limit);
/* Bytes still to send; empty unless the state is PINETOKEN_WANT_SEND. */
span transaction_output(const struct transaction *transaction);
/* The first `size` of them are sent: they are wiped. */
void transaction_sent(struct transaction *transaction, size_t size);
/* The peer takes no more of the request: the rest of it is wiped, and what is left is to receive.
 */
void transaction_stop_sending(struct transaction *transaction);
/* Where to receive to, in PINETOKEN_WANT_RECEIVE; *capacity is never 0. */
char *transaction_input(struct transaction *transaction, size_t *capacity);
/* `size` bytes lie there now. */
void transaction_received(struct transaction *transaction, size_t size);
/* The peer ended its side; authenticated: by close_notify. */
void transaction_closed(struct transaction *transaction, bool authenticated);

#endif
