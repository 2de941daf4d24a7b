/* From a host to addresses by the C library's resolver, in a thread that a deadline can leave
 * behind. */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include "net/address.h"
#include "net/net.h"

struct resolve;

/* Starts looking `host` up, a name or an address, at most LIMIT_HOST bytes; `port` goes into every
 * address. Addresses and localhost need no resolver. NULL: INTERNAL. */
PINETOKEN_MUST_USE struct resolve *resolve_start(span host, uint16_t port, pinetoken_family family,
                                                 pinetoken_error *error);
/* To wait for: readable once resolve_finish will not say NET_WANT_READ; -1 where it never will. */
int resolve_descriptor(const struct resolve *resolve);
/* NET_DONE with the addresses, NET_WANT_READ, or NET_FAILED: NETWORK. */
PINETOKEN_MUST_USE enum net_progress resolve_finish(struct resolve *resolve,
                                                    struct addresses *addresses,
                                                    pinetoken_error *error);
/* Drops it, finished or not; a lookup still going on ends by itself and takes its memory with it.
 * NULL is fine. */
void resolve_free(struct resolve *resolve);

#endif
