/* The addresses of an attempt: of the origin, or of the proxy in front of it. */
#ifndef CLIENT_ATTEMPT_RESOLVE_H
#define CLIENT_ATTEMPT_RESOLVE_H

#include "client/attempt.h"

/* Whether the proxy gets an address of the origin, which is not known yet. */
bool attempt_needs_target(const struct attempt *attempt);
/* From an override, or from DNS. False: the attempt's error says why not. */
PINETOKEN_MUST_USE bool attempt_start_resolving(struct attempt *attempt,
                                                const struct net_peer *peer);
/* More addresses, if there are; the resolver goes once it has no more. */
void attempt_look_up(struct attempt *attempt, int64_t now);
void attempt_stop_resolving(struct attempt *attempt);
/* Chooses the address that the proxy gets, and goes on with the proxy's own. IPv4 if there is any:
 * of the proxy's network nothing else is known. */
PINETOKEN_MUST_USE enum net_progress attempt_take_target(struct attempt *attempt);

#endif
