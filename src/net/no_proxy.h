/* NO_PROXY: the hosts that are reached without the proxy, matched with curl's rules. */
#ifndef NET_NO_PROXY_H
#define NET_NO_PROXY_H

#include "base/span.h"

/* `list`: entries separated by commas or blanks. "*" matches every host; a name, with or without a
 * leading dot, matches itself and its subdomains; an address matches itself, or, followed by
 * "/BITS" (CIDR), every address of that network. Case is ignored. */
bool no_proxy_matches(span list, span host);

#endif
