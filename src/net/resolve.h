/* Name resolution with the C library's resolver, in a thread of its own, which a deadline can
 * abandon: getaddrinfo blocks and cannot be interrupted. */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include "net/address.h"
#include "net/net.h"

struct resolve;

/* Starts looking `host` up, a name or an address, at most LIMIT_HOST bytes; `port` goes into every
 * address. Addresses and localhost need no resolver. NULL: INTERNAL. */
PINETOKEN_MUST_USE struct resolve *resolve_start(span host, uint16_t port, pinetoken_family family,
                                                 pinetoken_error *error);
/* To wait for: readable when resolve_finish is no longer NET_WANT_READ; -1 if it never is. */
int resolve_descriptor(const struct resolve *resolve);
/* NET_DONE with the addresses, NET_WANT_READ, or NET_FAILED: NETWORK. */
PINETOKEN_MUST_USE enum net_progress resolve_finish(struct resolve *resolve,
                                                    struct addresses *addresses,
                                                    pinetoken_error *error);
/* Finished or not; a lookup in progress ends by itself and frees its memory. NULL is fine. */
void resolve_free(struct resolve *resolve);

#endif
