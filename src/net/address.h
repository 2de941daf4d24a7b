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
/* An address of 4 or 16 bytes in network order. */
void address_set(union address *address, const unsigned char *bytes, size_t size, uint16_t port);
/* "192.0.2.1" or "2001:db8::1", without brackets. False: not an address. */
PINETOKEN_MUST_USE bool address_parse(span text, uint16_t port, union address *address);
/* The reverse, in the form of RFC 5952, NUL-terminated. (The C library's inet_ntop would link all
 * of printf.) */
void address_text(const union address *address, char out[INET6_ADDRSTRLEN]);

/* Appends it if it is of the requested family and there is room. */
void addresses_add(struct addresses *addresses, pinetoken_family family,
                   const union address *address);
/* Alternates the families, each in its order, starting with the first address's: Happy Eyeballs
 * (RFC 8305), section 4. */
void addresses_interleave(struct addresses *addresses);

#endif
