/* Whether a certificate is for the host that was meant (RFC 9525): its subjectAltName decides,
 * never its CN. */
#ifndef TRUST_IDENTITY_H
#define TRUST_IDENTITY_H

#include "base/span.h"

/* A dNSName against a host name: case does not count, nor a final dot of the host; "*" may be the
 * whole first label, stands for exactly one label, and needs two more behind it. */
bool identity_matches_name(span dns_name, span host);

/* Whether `name` is `domain` or ends in a dot and it. */
bool identity_is_within(span name, span domain);
/* A dNSName of a name constraint (RFC 5280 4.2.1.10) against one of a certificate: every name that
 * has labels in front of it, and, unless it starts with a dot, itself; an empty one is every name.
 */
bool identity_is_in_subtree(span name, span subtree);
/* Whether a wildcard's names may be in the subtree, though not all of them are. */
bool identity_may_reach_subtree(span name, span subtree);
/* An iPAddress of a name constraint, an address and a mask of the same size, against one of a
 * certificate. */
bool identity_is_in_network(span address, span network);

/* The host as an address in network order: 4 or 16 bytes to out, *size set. False: it is a name. */
bool identity_parse_address(span host, unsigned char out[16], size_t *size);

#endif
