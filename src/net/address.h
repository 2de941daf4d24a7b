/* Socket addresses of either family, their text, and the order to try them in. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include "base/limits.h"
#include "base/span.h"

#include <netinet/in.h>

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

struct addresses {
    union address list[LIMIT_ADDRESSES]; /* in the order to try */
    size_t count;
};

socklen_t address_size(const union address *address);
/* "192.0.2.1" or "2001:db8::1", without brackets. False: it is none. */
PINETOKEN_MUST_USE bool address_parse(span text, uint16_t port, union address *address);
/* The other way, as RFC 5952 writes it; NUL-terminated. (The C library's inet_ntop would bring all
 * of printf with it.) */
void address_text(const union address *address, char out[INET6_ADDRSTRLEN]);

/* At the end, where it is of the family that is wanted and there is room. */
void addresses_add(struct addresses *addresses, pinetoken_family family,
                   const union address *address);
/* The families in turn, each in its order, starting with the first address's (RFC 8305 4). */
void addresses_interleave(struct addresses *addresses);

#endif
