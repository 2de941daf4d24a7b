/* What every part of the network layer returns, and what its errors have in common. */
#ifndef NET_NET_H
#define NET_NET_H

#include "base/span.h"

enum net_progress {
    NET_DONE,
    NET_WANT_READ, /* call again when the descriptor can be read */
    NET_WANT_WRITE,
    NET_WANT_TIME, /* there is no descriptor: call again after a while */
    NET_FAILED
};

/* One end of a connection. `host` is borrowed: a name or an address without brackets. */
struct net_peer {
    span host;
    uint16_t port;
};

/* "login.example:443" or "[2001:db8::1]:443" at the end of the message, escaped. */
void net_add_peer(pinetoken_error *error, const struct net_peer *peer);
/* The C library's text for an errno at the end of the message, in lower case as the rest of it;
 * sets the fact system_errno. */
void net_add_errno(pinetoken_error *error, int number);

#endif
