/* TLS 1.2 and 1.3 over a non-blocking socket, with Mbed TLS: chain and host name always verified,
 * for HTTP with ALPN "http/1.1". */
#ifndef TLS_TLS_H
#define TLS_TLS_H

#include "base/log.h"
#include "net/net.h"
#include "trust/roots.h"

extern const char tls_library_version[]; /* Mbed TLS's */
extern const char tls_versions[];        /* those offered */

struct tls;

/* Who is expected at the other end. All of it is borrowed. */
struct tls_peer {
    struct net_peer address; /* its host is verified */
    const struct roots *roots;
    const char *const *pins; /* NULL-terminated, each one passed pin_check; NULL: none */
    bool is_http;
};

/* Over the connected socket `fd`, which stays the caller's, as do `log` and what `peer` borrows:
 * they outlive it. NULL: INTERNAL. */
PINETOKEN_MUST_USE struct tls *tls_new(int fd, const struct tls_peer *peer, const struct log *log,
                                       pinetoken_error *error);
/* A step of the client begins: up to LIMIT_STEP_BYTES are transferred in it, then the functions
 * below want to read or write. */
void tls_begin_step(struct tls *tls);
/* They are: what is wanted may be there already. */
bool tls_step_is_over(const struct tls *tls);
/* NET_FAILED: TLS, CLOCK, or NETWORK if the connection broke. */
PINETOKEN_MUST_USE enum net_progress tls_handshake(struct tls *tls, pinetoken_error *error);
/* NET_DONE: *size bytes of `bytes`, at least one, are sent. NET_WANT_...: call again with the same
 * bytes. */
PINETOKEN_MUST_USE enum net_progress tls_write(struct tls *tls, span bytes, size_t *size,
                                               pinetoken_error *error);
/* NET_DONE with *size > 0: that many bytes are in data[0..capacity). NET_DONE with *size 0: the
 * peer has ended its side; tls_ended_well says how. */
PINETOKEN_MUST_USE enum net_progress tls_read(struct tls *tls, char *data, size_t capacity,
                                              size_t *size, pinetoken_error *error);
/* False: nothing that was sent last, or is sent from here on, reaches the peer. What it said before
 * can be read. */
bool tls_is_heard(const struct tls *tls);
/* With close_notify; else the connection was cut, and it is unknown by whom. */
bool tls_ended_well(const struct tls *tls);
/* Sends close_notify, once, if the socket takes it. */
void tls_close(struct tls *tls);
/* NULL is fine. */
void tls_free(struct tls *tls);

#endif
