/* A tunnel through a proxy, over a connected socket: CONNECT (RFC 9110 9.3.6), with Basic (RFC
 * 7617) if the proxy's URL has a user, or SOCKS5 (http/socks.h). */
#ifndef NET_TUNNEL_H
#define NET_TUNNEL_H

#include "http/proxy_url.h"
#include "net/net.h"

struct tunnel;

/* `fd`, the text of the proxy's URL and the origin's host stay the caller's and outlive it. NULL:
 * INTERNAL. */
PINETOKEN_MUST_USE struct tunnel *tunnel_new(int fd, const struct proxy_url *proxy,
                                             const struct net_peer *origin, pinetoken_error *error);
/* NET_DONE: the next byte is the origin's. NET_FAILED: NETWORK, with the proxy's status if it
 * sent one. */
PINETOKEN_MUST_USE enum net_progress tunnel_step(struct tunnel *tunnel, pinetoken_error *error);
/* Wipes it. NULL is fine. */
void tunnel_free(struct tunnel *tunnel);

#endif
