/* Arithmetic modulo the primes of P-256 and P-384, of numbers below them in Montgomery form, in
 * constant time. Outputs may be inputs. By s2n-bignum's assembly where there is one, else by
 * field.c. */
#ifndef CURVES_FIELD_H
#define CURVES_FIELD_H

#include <mbedtls/bignum.h>

typedef mbedtls_mpi_uint limb;

/* Words of 64 bits as limbs, whatever their size; the least significant limb is the first. */
#ifdef MBEDTLS_HAVE_INT64
#define WORD(high, low) ((limb)(high) << 32 | (low))
#else
#define WORD(high, low) (low), (high)
#endif

#define LIMBS_P256 (256 / 8 / sizeof(limb))
#define LIMBS_P384 (384 / 8 / sizeof(limb))

/* The primes (nist.c). */
extern const limb nist_p256_p[LIMBS_P256];
extern const limb nist_p384_p[LIMBS_P384];

#ifdef CURVES_ASSEMBLY
/* The "alt" ones run on every processor of their kind; the others want BMI2 and ADX. */
#define field_p256_multiply bignum_montmul_p256_alt
#define field_p256_square bignum_montsqr_p256_alt
#define field_p256_add bignum_add_p256
#define field_p256_subtract bignum_sub_p256
#define field_p384_multiply bignum_montmul_p384_alt
#define field_p384_add bignum_add_p384
#define field_p384_subtract bignum_sub_p384
#endif

void field_p256_multiply(limb *z, const limb *x, const limb *y);
void field_p256_square(limb *z, const limb *x);
void field_p256_add(limb *z, const limb *x, const limb *y);
void field_p256_subtract(limb *z, const limb *x, const limb *y);
void field_p384_multiply(limb *z, const limb *x, const limb *y);
#ifdef CURVES_ASSEMBLY
/* The square of its own is 1 KB, for 3 % of a check by P-384. */
static inline void field_p384_square(limb *z, const limb *x) {
    field_p384_multiply(z, x, x);
}
#else
void field_p384_square(limb *z, const limb *x);
#endif
void field_p384_add(limb *z, const limb *x, const limb *y);
void field_p384_subtract(limb *z, const limb *x, const limb *y);

#endif
