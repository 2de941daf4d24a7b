/* X25519 (RFC 7748 5) for Mbed TLS, over its Montgomery multiplication: its own needs its general
 * arithmetic of signed numbers, which nothing else here does. */
#ifndef CURVES_X25519_H
#define CURVES_X25519_H

#include <mbedtls/ecp.h>

/* Fills in what Mbed TLS reads of the group. */
void x25519_load_group(mbedtls_ecp_group *group);

/* result = scalar * point, in constant time; `scalar` has the bits that RFC 7748 sets and clears.
 * Only the points' X count. A product of zero, which a point of low order gives, is refused
 * (RFC 8446 7.4.2). 0, or a code of Mbed TLS's. */
int x25519_multiply(mbedtls_ecp_point *result, const mbedtls_mpi *scalar,
                    const mbedtls_ecp_point *point);

#endif
