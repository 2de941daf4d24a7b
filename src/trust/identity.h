/* Whether a certificate is for the host that was meant (RFC 9525): its subjectAltName decides,
 * never its CN. */
#ifndef TRUST_IDENTITY_H
#define TRUST_IDENTITY_H

#include "base/span.h"

/* A dNSName against a host name: case does not count, nor a final dot of the host; "*" may be the
 * whole first label, stands for exactly one label, and needs two more behind it. */
bool identity_matches_name(span dns_name, span host);

/* The host as an address in network order: 4 or 16 bytes to out, *size set. False: it is a name. */
bool identity_parse_address(span host, unsigned char out[16], size_t *size);

#endif
