/* A socket address of either family, and its text. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <netinet/in.h>

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

socklen_t address_size(const union address *address);
/* "192.0.2.1" or, as RFC 5952 writes it, "2001:db8::1"; NUL-terminated. (The C library's inet_ntop
 * would bring all of printf with it.) */
void address_text(const union address *address, char out[INET6_ADDRSTRLEN]);

#endif
