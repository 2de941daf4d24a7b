/* IP addresses as bytes in network order, 4 of IPv4 or 16 of IPv6: from text, to text, networks. */
#ifndef BASE_IP_H
#define BASE_IP_H

#include "base/buffer.h"

/* 4 or 16 bytes to out, *size set. False, with nothing set: the text is not an address. */
PINETOKEN_MUST_USE bool ip_parse(span text, unsigned char out[16], size_t *size);
/* Dotted decimal, or IPv6 in the form of RFC 5952. `size`: 4 or 16. */
void ip_write(struct buffer *out, const unsigned char *bytes, size_t size);
/* Whether the first `bits` of both are the same (CIDR). */
bool ip_has_prefix(const unsigned char *a, const unsigned char *b, size_t bits);
/* Whether an address is in a network given as address and mask, twice the size (the iPAddress of
 * a name constraint, RFC 5280 4.2.1.10). False if the sizes are of different families. */
bool ip_is_in_network(span address, span network);

#endif
