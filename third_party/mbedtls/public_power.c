/* mbedtls_mpi_exp_mod_unsafe for numbers that are all public, as in the check of an RSA signature:
 * bit by bit, for the exponent is short, or small. Mbed TLS's own brings a table of powers and, for
 * the remainder of a division, its arithmetic of signed numbers. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS

#include <bignum_core.h>
#include <mbedtls/bignum.h>
#include <mbedtls/platform.h>
#include <string.h>

#define LIMB_BITS (8 * sizeof(mbedtls_mpi_uint))

/* An odd modulus with its size, what Montgomery multiplication needs, and room for it. */
struct modulus {
    const mbedtls_mpi_uint *limbs;
    size_t size;
    mbedtls_mpi_uint inverse;
    mbedtls_mpi_uint *scratch;
};

static void power_multiply(const struct modulus *n, mbedtls_mpi_uint *z, const mbedtls_mpi_uint *x,
                           const mbedtls_mpi_uint *y) {
    mbedtls_mpi_core_montmul(z, x, y, n->size, n->limbs, n->size, n->inverse, n->scratch);
}

/* z = 2 z modulo n */
static void power_double(const struct modulus *n, mbedtls_mpi_uint *z) {
    mbedtls_mpi_uint carry = mbedtls_mpi_core_add(z, z, z, n->size);
    mbedtls_mpi_uint borrow = mbedtls_mpi_core_sub(z, z, n->limbs, n->size);
    (void)mbedtls_mpi_core_add_if(z, n->limbs, n->size, borrow > carry);
}

/* R^2 modulo n, where R has a bit more than all limbs: doubling leads to 2^size R, which is 2^size
 * in Montgomery form, and as many squarings as it takes to R, which is R^2 there. */
static void power_find_r2(const struct modulus *n, mbedtls_mpi_uint *z) {
    size_t bits = mbedtls_mpi_core_bitlen(n->limbs, n->size);
    memset(z, 0, n->size * sizeof *z);
    z[(bits - 1) / LIMB_BITS] = (mbedtls_mpi_uint)1 << ((bits - 1) % LIMB_BITS);
    for (size_t left = n->size * LIMB_BITS + n->size + 1 - bits; left > 0; left--) {
        power_double(n, z);
    }
    for (size_t power = 1; power < LIMB_BITS; power *= 2) {
        power_multiply(n, z, z, z);
    }
}

/* x = a ^ e, with a and x in Montgomery form; x is not a. */
static void power_raise(const struct modulus *n, mbedtls_mpi_uint *x, const mbedtls_mpi_uint *a,
                        const mbedtls_mpi *e) {
    memcpy(x, a, n->size * sizeof *x);
    for (size_t bit = mbedtls_mpi_bitlen(e) - 1; bit-- > 0;) {
        power_multiply(n, x, x, x);
        if (mbedtls_mpi_get_bit(e, bit) != 0) {
            power_multiply(n, x, x, a);
        }
    }
}

static void power_find(const struct modulus *n, mbedtls_mpi_uint *x, mbedtls_mpi_uint *a,
                       const mbedtls_mpi *e) {
    power_find_r2(n, x);
    power_multiply(n, a, a, x);
    power_raise(n, x, a, e);
    memset(a, 0, n->size * sizeof *a);
    a[0] = 1;
    power_multiply(n, x, x, a);
}

/* For A below an odd N and E from 1 on; others are refused. */
int mbedtls_mpi_exp_mod_unsafe(mbedtls_mpi *X, const mbedtls_mpi *A, const mbedtls_mpi *E,
                               const mbedtls_mpi *N, mbedtls_mpi *prec_RR) {
    const size_t size = (mbedtls_mpi_bitlen(N) + LIMB_BITS - 1) / LIMB_BITS;
    (void)prec_RR;
    if (mbedtls_mpi_get_bit(N, 0) == 0 || mbedtls_mpi_cmp_int(A, 0) < 0 ||
        mbedtls_mpi_cmp_mpi(A, N) >= 0 || mbedtls_mpi_cmp_int(E, 0) <= 0) {
        return MBEDTLS_ERR_MPI_BAD_INPUT_DATA;
    }
    mbedtls_mpi_uint *room = mbedtls_calloc(3 * size + 1, sizeof *room);
    int code = room != NULL ? 0 : MBEDTLS_ERR_MPI_ALLOC_FAILED;
    if (code == 0) {
        const struct modulus n = {N->p, size, mbedtls_mpi_core_montmul_init(N->p), room + size};
        memcpy(room, A->p, (A->n < size ? A->n : size) * sizeof *room);
        code = mbedtls_mpi_lset(X, 0);
        if (code == 0) {
            code = mbedtls_mpi_grow(X, size);
        }
        if (code == 0) {
            power_find(&n, X->p, room, E);
        }
    }
    mbedtls_free(room);
    return code;
}
