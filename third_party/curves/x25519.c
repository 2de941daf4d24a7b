/* X25519 as RFC 7748 5 has it, step by step. Coordinates are in Montgomery form with R = 2^256,
 * which is 38 modulo the prime. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS

#include "x25519.h"

#include "field.h"
#include "nist.h"
#include "openssl/target.h"

#include <bignum_core.h>
#include <constant_time_internal.h>
#include <mbedtls/platform_util.h>
#include <stdbool.h>
#include <string.h>

#define LIMBS LIMBS_P256
#define SCALAR_BITS 255u

typedef limb element[LIMBS];

/* 2^255 - 19 */
static const element prime = {WORD(0xffffffff, 0xffffffed), WORD(0xffffffff, 0xffffffff),
                              WORD(0xffffffff, 0xffffffff), WORD(0x7fffffff, 0xffffffff)};
static const element one = {38};
static const element to_montgomery = {38 * 38};
static const element a24 = {121665 * 38};

struct pair {
    element x, z;
};

/* Points 2 and 3 of the RFC, whose difference is always that of x1; the rest is for one step. */
struct ladder {
    struct pair p2, p3;
    element x1, a, b, c, d;
};

static void x25519_subtract(limb *z, const limb *x, const limb *y) {
    limb borrow = mbedtls_mpi_core_sub(z, x, y, LIMBS);
    (void)mbedtls_mpi_core_add_if(z, prime, LIMBS, (unsigned)borrow);
}

/* x - (p - y): p - 0 is the prime itself, which goes out again. */
static void x25519_add(limb *z, const limb *x, const limb *y) {
    element negative;
    (void)mbedtls_mpi_core_sub(negative, prime, y, LIMBS);
    x25519_subtract(z, x, negative);
}

/* `x` may be any number of 256 bits. */
static void x25519_multiply_elements(limb *z, const limb *x, const limb *y) {
    limb scratch[2 * LIMBS + 1];
    mbedtls_mpi_core_montmul(z, x, y, LIMBS, prime, LIMBS, mbedtls_mpi_core_montmul_init(prime),
                             scratch);
}

/* One bit of the scalar: the names are the RFC's, with DA in d and CB in c, ... */
static void x25519_step(struct ladder *at) {
    x25519_add(at->a, at->p2.x, at->p2.z);
    x25519_subtract(at->b, at->p2.x, at->p2.z);
    x25519_add(at->c, at->p3.x, at->p3.z);
    x25519_subtract(at->d, at->p3.x, at->p3.z);
    x25519_multiply_elements(at->d, at->d, at->a);
    x25519_multiply_elements(at->c, at->c, at->b);
    x25519_add(at->p3.x, at->d, at->c);
    x25519_multiply_elements(at->p3.x, at->p3.x, at->p3.x);
    x25519_subtract(at->p3.z, at->d, at->c);
    x25519_multiply_elements(at->p3.z, at->p3.z, at->p3.z);
    x25519_multiply_elements(at->p3.z, at->p3.z, at->x1);
    /* ... then AA in a and BB, later E, in b. */
    x25519_multiply_elements(at->a, at->a, at->a);
    x25519_multiply_elements(at->b, at->b, at->b);
    x25519_multiply_elements(at->p2.x, at->a, at->b);
    x25519_subtract(at->b, at->a, at->b);
    x25519_multiply_elements(at->p2.z, a24, at->b);
    x25519_add(at->p2.z, at->p2.z, at->a);
    x25519_multiply_elements(at->p2.z, at->p2.z, at->b);
}

static void x25519_swap(struct ladder *at, limb bit) {
    mbedtls_mpi_core_cond_swap((limb *)&at->p2, (limb *)&at->p3, 2 * LIMBS, mbedtls_ct_bool(bit));
}

/* No branch and no address depends on a bit. */
static void x25519_climb(struct ladder *at, const limb *scalar) {
    const size_t limb_bits = 8 * sizeof(limb);
    limb swapped = 0;
    for (size_t bit = SCALAR_BITS; bit-- > 0;) {
        limb now = scalar[bit / limb_bits] >> (bit % limb_bits) & 1;
        x25519_swap(at, swapped ^ now);
        swapped = now;
        x25519_step(at);
    }
    x25519_swap(at, swapped);
}

/* By Fermat: the power p - 2 = 2^255 - 21, whose bits are all set but for the second and fourth. */
static void x25519_invert(limb *out, const limb *in) {
    element power;
    memcpy(power, in, sizeof power);
    for (size_t bit = SCALAR_BITS - 1; bit-- > 0;) {
        x25519_multiply_elements(power, power, power);
        if (bit != 2 && bit != 4) {
            x25519_multiply_elements(power, power, in);
        }
    }
    memcpy(out, power, sizeof power);
    mbedtls_platform_zeroize(power, sizeof power);
}

static void x25519_read(limb *out, const mbedtls_mpi *value) {
    for (size_t i = 0; i < LIMBS; i++) {
        out[i] = i < value->n ? value->p[i] : 0;
    }
}

static bool x25519_is_zero(const limb *x) {
    limb bits = 0;
    for (size_t i = 0; i < LIMBS; i++) {
        bits |= x[i];
    }
    return constant_time_declassify_w(bits) == 0;
}

static int x25519_write(mbedtls_ecp_point *point, const limb *x) {
    int code = x25519_is_zero(x) ? MBEDTLS_ERR_ECP_INVALID_KEY : mbedtls_mpi_lset(&point->X, 0);
    if (code == 0) {
        code = mbedtls_mpi_grow(&point->X, LIMBS);
    }
    if (code == 0) {
        memcpy(point->X.p, x, sizeof(element));
        mbedtls_mpi_free(&point->Y);
        code = mbedtls_mpi_lset(&point->Z, 1);
    }
    return code;
}

int x25519_multiply(mbedtls_ecp_point *result, const mbedtls_mpi *scalar,
                    const mbedtls_ecp_point *point) {
    const element plain = {1};
    element bits;
    struct ladder at = {.p2 = {.z = {0}}};
    x25519_read(at.x1, &point->X);
    x25519_read(bits, scalar);
    x25519_multiply_elements(at.x1, at.x1, to_montgomery);
    memcpy(at.p2.x, one, sizeof one);
    memcpy(at.p3.x, at.x1, sizeof at.x1);
    memcpy(at.p3.z, one, sizeof one);
    x25519_climb(&at, bits);
    x25519_invert(at.a, at.p2.z);
    x25519_multiply_elements(at.a, at.p2.x, at.a);
    x25519_multiply_elements(at.a, at.a, plain);
    int code = x25519_write(result, at.a);
    nist_wipe_stack();
    mbedtls_platform_zeroize(&at, sizeof at);
    mbedtls_platform_zeroize(bits, sizeof bits);
    return code;
}

static void x25519_point_at(mbedtls_mpi *value, const limb *limbs, size_t size) {
    *value = (mbedtls_mpi){.p = (limb *)(uintptr_t)limbs, .s = 1, .n = (unsigned short)size};
}

/* Mbed TLS does not write to the numbers of a group whose cofactor is 1, nor free them. That G has
 * no Y marks a curve of Montgomery's. */
void x25519_load_group(mbedtls_ecp_group *group) {
    static const limb base[] = {9};
    static const limb affine[] = {1};
    x25519_point_at(&group->P, prime, LIMBS);
    x25519_point_at(&group->G.X, base, 1);
    x25519_point_at(&group->G.Z, affine, 1);
    group->pbits = SCALAR_BITS;
    group->nbits = SCALAR_BITS - 1;
    group->h = 1;
}
