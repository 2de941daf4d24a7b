/* The fields over Mbed TLS's Montgomery multiplication, for processors that s2n-bignum has no
 * assembly for. */
#include "field.h"

#include <bignum_core.h>

static void field_multiply(limb *z, const limb *x, const limb *y, const limb *prime, size_t size) {
    limb scratch[2 * LIMBS_P384 + 1];
    mbedtls_mpi_core_montmul(z, x, y, size, prime, size, mbedtls_mpi_core_montmul_init(prime),
                             scratch);
}

static void field_subtract(limb *z, const limb *x, const limb *y, const limb *prime, size_t size) {
    limb borrow = mbedtls_mpi_core_sub(z, x, y, size);
    (void)mbedtls_mpi_core_add_if(z, prime, size, (unsigned)borrow);
}

/* x - (prime - y): prime - 0 is the prime itself, which goes out again. */
static void field_add(limb *z, const limb *x, const limb *y, const limb *prime, size_t size) {
    limb negative[LIMBS_P384];
    (void)mbedtls_mpi_core_sub(negative, prime, y, size);
    field_subtract(z, x, negative, prime, size);
}

void field_p256_multiply(limb *z, const limb *x, const limb *y) {
    field_multiply(z, x, y, nist_p256_p, LIMBS_P256);
}

void field_p256_square(limb *z, const limb *x) {
    field_multiply(z, x, x, nist_p256_p, LIMBS_P256);
}

void field_p256_add(limb *z, const limb *x, const limb *y) {
    field_add(z, x, y, nist_p256_p, LIMBS_P256);
}

void field_p256_subtract(limb *z, const limb *x, const limb *y) {
    field_subtract(z, x, y, nist_p256_p, LIMBS_P256);
}

void field_p384_multiply(limb *z, const limb *x, const limb *y) {
    field_multiply(z, x, y, nist_p384_p, LIMBS_P384);
}

void field_p384_square(limb *z, const limb *x) {
    field_multiply(z, x, x, nist_p384_p, LIMBS_P384);
}

void field_p384_add(limb *z, const limb *x, const limb *y) {
    field_add(z, x, y, nist_p384_p, LIMBS_P384);
}

void field_p384_subtract(limb *z, const limb *x, const limb *y) {
    field_subtract(z, x, y, nist_p384_p, LIMBS_P384);
}
