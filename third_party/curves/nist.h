/* P-256 and P-384 for Mbed TLS, over AWS-LC's arithmetic of points (nist.c says how). Mbed TLS's
 * ecp.c and ecp_curves.c call these for the two curves; ecdsa.c leaves verification to nist.c as
 * documented (MBEDTLS_ECDSA_VERIFY_ALT). All return 0 or a code of Mbed TLS's. */
#ifndef CURVES_NIST_H
#define CURVES_NIST_H

#include <mbedtls/ecp.h>

/* Fills in the group of `group->id`, which is one of the two. */
int nist_load_group(mbedtls_ecp_group *group);

/* Whether the point is affine, in range and on the curve (SEC 1, 3.2.2.1). */
int nist_check_point(const mbedtls_ecp_group *group, const mbedtls_ecp_point *point);

/* result = scalar * point, in constant time, for a scalar in [1, N) and a point that was checked.
 * `result` may be `point`. */
int nist_multiply(const mbedtls_ecp_group *group, mbedtls_ecp_point *result,
                  const mbedtls_mpi *scalar, const mbedtls_ecp_point *point);

#endif
