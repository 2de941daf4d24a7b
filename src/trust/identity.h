/* Whether a certificate is for the host that was meant (RFC 9525): its subjectAltName decides,
 * never its CN. */
#ifndef TRUST_IDENTITY_H
#define TRUST_IDENTITY_H

#include "base/span.h"

/* A dNSName against a host name: case does not count, nor a final dot of the host; "*" may be the
 * whole first label, stands for exactly one label, and needs two more behind it. */
bool identity_matches_name(span dns_name, span host);

/* A dNSName of a name constraint (RFC 5280 4.2.1.10) against one of a certificate: every name that
 * has labels in front of it, and, unless it starts with a dot, itself; an empty one is every name.
 */
bool identity_is_in_subtree(span name, span subtree);
/* Whether a wildcard's names may be in the subtree, though not all of them are. */
bool identity_may_reach_subtree(span name, span subtree);

#endif
