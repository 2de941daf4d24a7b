/* A TCP connection to the first address that takes one. */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include "base/log.h"
#include "net/resolve.h"

struct dial {
    const struct addresses *addresses; /* borrowed */
    size_t next;                       /* index of the address to try after the one at hand */
    int fd;                            /* of the try at hand; -1: none */
    int last_errno;
};

void dial_init(struct dial *dial, const struct addresses *addresses);
/* NET_DONE: dial_take has the connection. NET_WANT_WRITE: wait for dial->fd. NET_FAILED: NETWORK,
 * all were tried. */
PINETOKEN_MUST_USE enum net_progress dial_step(struct dial *dial, const struct log *log,
                                               pinetoken_error *error);
/* The descriptor, non-blocking, without Nagle's delay, close-on-exec; the caller's from here on. */
int dial_take(struct dial *dial);
/* Closes what is open. */
void dial_free(struct dial *dial);

#endif
