/* TLS 1.2 and 1.3 over a non-blocking socket, by Mbed TLS: chain and host name always verified,
 * ALPN "http/1.1". */
#ifndef TLS_TLS_H
#define TLS_TLS_H

#include "base/log.h"
#include "net/net.h"
#include "trust/roots.h"

extern const char tls_library_version[]; /* Mbed TLS's */
extern const char tls_versions[];        /* that are offered */

struct tls;

/* What the peer's chain must lead to. Both are borrowed. */
struct tls_trust {
    const struct roots *roots;
    const char *const *pins; /* NULL-terminated, each one passed pin_check; NULL: none */
};

/* Over the connected socket `fd`, which stays the caller's, as do what `trust` borrows and `log`:
 * they outlive it. `host` is a name or an address, at most LIMIT_HOST bytes; it is copied. NULL:
 * INTERNAL. */
PINETOKEN_MUST_USE struct tls *tls_new(int fd, span host, const struct tls_trust *trust,
                                       const struct log *log, pinetoken_error *error);
/* NET_FAILED: TLS, or NETWORK where the connection broke. */
PINETOKEN_MUST_USE enum net_progress tls_handshake(struct tls *tls, pinetoken_error *error);
/* NET_DONE: *size bytes of `bytes`, at least one, are taken. Not done: call again with the same
 * bytes. */
PINETOKEN_MUST_USE enum net_progress tls_write(struct tls *tls, span bytes, size_t *size,
                                               pinetoken_error *error);
/* NET_DONE with *size > 0: so many bytes lie in data[0..capacity). NET_DONE with *size 0: the
 * peer's side has ended; tls_ended_well says how. */
PINETOKEN_MUST_USE enum net_progress tls_read(struct tls *tls, char *data, size_t capacity,
                                              size_t *size, pinetoken_error *error);
/* By close_notify; else the connection was cut, by whomever. */
bool tls_ended_well(const struct tls *tls);
/* Says close_notify, once, if the socket takes it. */
void tls_close(struct tls *tls);
/* NULL is fine. */
void tls_free(struct tls *tls);

#endif
