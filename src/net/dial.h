/* A TCP connection to one of several addresses: raced as RFC 8305 5 says. */
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
    const struct addresses *addresses; /* borrowed */
    bool to_proxy;                     /* they are a proxy's: failures say so */
    size_t next;                       /* index of the address to try next */
    int64_t next_at;                   /* when, monotonic milliseconds */
    int epoll;                         /* readable when a try is decided; -1: not open yet */
    struct dial_try open[LIMIT_ADDRESSES];
    size_t open_count;
    int connected; /* the first that did; -1: none yet */
    struct {
        int number; /* errno */
        size_t index;
    } last_failure;
};

void dial_init(struct dial *dial, const struct addresses *addresses, bool to_proxy);
/* NET_DONE: dial_take has the connection. NET_WANT_READ: wait for dial->epoll, until
 * dial->next_at at most. NET_FAILED: NETWORK, all were tried. */
PINETOKEN_MUST_USE enum net_progress dial_step(struct dial *dial, int64_t now,
                                               const struct log *log, pinetoken_error *error);
/* The descriptor, non-blocking, without Nagle's delay, close-on-exec; the caller's from here on. */
int dial_take(struct dial *dial);
/* Closes what is open. */
void dial_free(struct dial *dial);

#endif
