/* One transaction over one connection: RESOLVE, DIAL, RANDOM, PROXY, HANDSHAKE, SEND, RECEIVE.
 * Never blocks; the time is the caller's. */
#ifndef CLIENT_ATTEMPT_H
#define CLIENT_ATTEMPT_H

#include "client/attempt_state.h"
#include "client/settings.h"
#include "http/transaction.h"
#include "net/dial.h"
#include "net/resolve.h"
#include "net/tunnel.h"
#include "tls/tls.h"

struct attempt {
    enum attempt_state state;
    const struct settings *settings; /* these four are borrowed */
    const struct log *log;
    const struct destination *destination;
    struct transaction *transaction;
    enum net_progress waiting; /* for NET_WANT_READ or NET_WANT_WRITE ... */
    int fd_waiting;            /* ... of this descriptor; -1: none */
    int64_t wake_at;           /* step then at the latest, monotonic milliseconds */
    int64_t connect_deadline;  /* deadline of the connection: TCP, proxy and TLS */
    struct resolve *resolve;
    struct addresses addresses;
    char target[INET6_ADDRSTRLEN]; /* address of the origin that a SOCKS5 proxy gets; "": none */
    struct dial dial;
    int fd; /* the connection; -1: none */
    struct tunnel *tunnel;
    struct roots roots;
    struct tls *tls;
    size_t early_size; /* bytes of the response that came before the request was sent, ... */
    char early[sizeof "HTTP/1.1 2" - 1]; /* ... up to the first digit of its status */
    pinetoken_error error;               /* in ATTEMPT_FAILED */
};

/* All zeros is an attempt that can be started. The transaction waits to send; NULL: there is none,
 * and the attempt ends in ATTEMPT_CONNECTED. ATTEMPT_FAILED if not even the name can be resolved.
 */
void attempt_start(struct attempt *attempt, const struct settings *settings, const struct log *log,
                   const struct destination *destination, struct transaction *transaction);
/* As far as it goes without blocking; returns when it waits for something, is done or failed.
 * `now`: monotonic milliseconds. */
void attempt_step(struct attempt *attempt, int64_t now);
/* Gives up: TIMEOUT, with what it was doing. */
void attempt_time_out(struct attempt *attempt);
/* Frees everything but the transaction, whatever the state. */
void attempt_free(struct attempt *attempt);

#endif
