/* The roots' points on P-256 and P-384 are built in compressed (SEC 1, 2.3.3): half the bytes. */
#ifndef CURVES_EXPAND_H
#define CURVES_EXPAND_H

#include <stdbool.h>
#include <stddef.h>

/* From 2 or 3 and X, which are of a point of the curve that has this size, to 4, X and Y. `out` has
 * room for 2 * size - 1 bytes. False: out of memory. By nist.c, or by Mbed TLS's own curves
 * (third_party/mbedtls/expand_point.c). */
bool curves_expand(const unsigned char *compressed, size_t size, unsigned char *out);

#endif
