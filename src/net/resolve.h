/* Name resolution: /etc/hosts, then the name servers of /etc/resolv.conf, without blocking. A and
 * AAAA are asked for each by itself; what comes first is used after the Resolution Delay of Happy
 * Eyeballs (RFC 8305 3). */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include "net/address.h"
#include "net/net.h"

struct resolve;

/* Starts looking `host` up, a name or an address, at most LIMIT_HOST bytes; `port` goes into every
 * address. Addresses, localhost and what /etc/hosts has need no server. NULL: INTERNAL. */
PINETOKEN_MUST_USE struct resolve *resolve_start(span host, uint16_t port, pinetoken_family family,
                                                 pinetoken_error *error);
/* To wait for, until resolve_wake_at: readable when there is something to do. */
int resolve_descriptor(const struct resolve *resolve);
int64_t resolve_wake_at(const struct resolve *resolve);
/* Appends addresses once they may be used. NET_WANT_READ: there may be more later. NET_DONE: those
 * were all. NET_FAILED: there are none; NETWORK. `now`: monotonic milliseconds. */
PINETOKEN_MUST_USE enum net_progress resolve_step(struct resolve *resolve, int64_t now,
                                                  struct addresses *addresses,
                                                  pinetoken_error *error);
/* Who was asked so far, and what each said, at the end of the message: " from 192.0.2.1 (no reply),
 * 192.0.2.2 (refused)". */
void resolve_add_servers(const struct resolve *resolve, pinetoken_error *error);
/* NULL is fine. */
void resolve_free(struct resolve *resolve);

#endif
