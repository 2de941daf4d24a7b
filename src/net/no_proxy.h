/* Which hosts are reached without the proxy: NO_PROXY, by curl's rules. */
#ifndef NET_NO_PROXY_H
#define NET_NO_PROXY_H

#include "base/span.h"

/* `list`: entries with commas or blanks between them. "*" is every host; a name is itself and what
 * ends in a dot and it, with or without a dot of its own in front; an address is itself, or, with
 * "/BITS" behind it, every address of that network. Case does not count. */
bool no_proxy_matches(span list, span host);

#endif
