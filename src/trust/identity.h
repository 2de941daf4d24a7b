/* Whether a certificate is for the host that is meant (RFC 9525): only its subjectAltName decides,
 * never its CN. */
#ifndef TRUST_IDENTITY_H
#define TRUST_IDENTITY_H

#include "base/span.h"

/* A dNSName against a host name: case and a final dot of the host are ignored; "*" may be only the
 * whole first label, matches exactly one label, and must be followed by two more. */
bool identity_matches_name(span dns_name, span host);

/* A dNSName of a name constraint (RFC 5280 4.2.1.10) against one of a certificate: it contains its
 * subdomains, and, unless it starts with a dot, itself; an empty one contains every name. */
bool identity_is_in_subtree(span name, span subtree);
/* Whether some name that a wildcard matches is in the subtree. */
bool identity_may_reach_subtree(span name, span subtree);

#endif
