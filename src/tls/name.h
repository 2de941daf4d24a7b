/* Names of certificates (X.501), as DER. */
#ifndef TLS_NAME_H
#define TLS_NAME_H

#include "base/span.h"

/* Both are Names: whether the first begins with the attributes of the second. Strings may be of
 * different types, and letters of different case (RFC 5280 7.1); blanks count. */
bool name_starts(span name, span start);

#endif
