/* Addresses in place of name resolution, "HOST:PORT:ADDRESS[,ADDRESS...]" (curl's --resolve), for
 * exactly this host and port. The host may be '*', for all that have no entry of their own; a '+'
 * in front of it, which lets curl forget the entry after a minute, means nothing here. An IPv6
 * address may be in brackets. */
#ifndef NET_RESOLVE_OVERRIDE_H
#define NET_RESOLVE_OVERRIDE_H

#include "net/address.h"

/* USAGE: the entry is not of that form. */
PINETOKEN_MUST_USE bool resolve_override_check(span entry, pinetoken_error *error);
/* The addresses of the last entry for `host` and `port`; none if all are of another family.
 * `entries` is NULL-terminated, or NULL. False: no entry is for them. */
PINETOKEN_MUST_USE bool resolve_override_find(const char *const *entries, span host, uint16_t port,
                                              pinetoken_family family, struct addresses *addresses);

#endif
