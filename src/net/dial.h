/* A TCP connection to one of several addresses: Happy Eyeballs (RFC 8305), section 5. */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include "base/log.h"
#include "net/address.h"
#include "net/net.h"

struct dial_try {
    int fd;
    size_t index; /* of its address */
};

struct dial {
    struct net_peer peer;              /* whose addresses they are; for messages */
    bool is_proxy;                     /* it is the proxy; for messages */
    const struct addresses *addresses; /* borrowed */
    size_t next;                       /* index of the address to try next */
    int64_t next_at;                   /* when, monotonic milliseconds */
    int64_t wake_at;                   /* when to step again at the latest */
    int more;  /* readable when addresses may have been appended; -1: none will be; the caller's */
    int epoll; /* readable when a try is decided; -1: not open yet */
    struct dial_try open[LIMIT_ADDRESSES];
    size_t open_count;
    int connected; /* the first that did; -1: none yet */
    struct {
        int number; /* errno */
        size_t index;
    } last_failure;
};

/* `peer`'s host and `addresses`, at least one, are borrowed. */
void dial_init(struct dial *dial, const struct net_peer *peer, bool is_proxy,
               const struct addresses *addresses);
/* NET_DONE: dial_take has the connection. NET_WANT_READ: wait for dial->epoll, until
 * dial->wake_at at most. NET_FAILED: NETWORK, all addresses were tried. */
PINETOKEN_MUST_USE enum net_progress dial_step(struct dial *dial, int64_t now,
                                               const struct log *log, pinetoken_error *error);
/* The descriptor, non-blocking, without Nagle's delay, close-on-exec; the caller's from here on. */
int dial_take(struct dial *dial);
/* Closes what is open. */
void dial_free(struct dial *dial);

#endif
