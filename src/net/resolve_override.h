/* Addresses given by hand, "HOST:PORT:ADDRESS[,ADDRESS...]" (curl's --resolve): no resolver is
 * asked for such a host and port. An IPv6 address may stand in brackets. */
#ifndef NET_RESOLVE_OVERRIDE_H
#define NET_RESOLVE_OVERRIDE_H

#include "net/address.h"

/* USAGE: the entry is not of that form. */
PINETOKEN_MUST_USE bool resolve_override_check(span entry, pinetoken_error *error);
/* The addresses of the first entry of the NULL-terminated list, itself NULL where there is none,
 * for `host` and `port`; they may be none, where all are of another family. False: no entry is for
 * them. */
PINETOKEN_MUST_USE bool resolve_override_find(const char *const *entries, span host, uint16_t port,
                                              pinetoken_family family, struct addresses *addresses);

#endif
