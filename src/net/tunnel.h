/* A tunnel through a proxy: CONNECT (RFC 9110 9.3.6) over a connected socket, with Basic (RFC 7617)
 * if the proxy's URL has a user. */
#ifndef NET_TUNNEL_H
#define NET_TUNNEL_H

#include "http/proxy_url.h"
#include "http/url.h"
#include "net/net.h"

struct tunnel;

/* `fd` and the proxy's host stay the caller's and outlive it; the rest is copied. NULL: INTERNAL.
 */
PINETOKEN_MUST_USE struct tunnel *tunnel_new(int fd, const struct proxy_url *proxy,
                                             const struct url *origin, pinetoken_error *error);
/* NET_DONE: the next byte is the origin's. NET_FAILED: NETWORK, with the proxy's status if it
 * sent one. */
PINETOKEN_MUST_USE enum net_progress tunnel_step(struct tunnel *tunnel, pinetoken_error *error);
/* Wipes it. NULL is fine. */
void tunnel_free(struct tunnel *tunnel);

#endif
