/* P-256 and P-384 for Mbed TLS. Points are Jacobian, their coordinates in Montgomery form;
 * ec_nistp.c of AWS-LC multiplies them, in constant time where the scalar is a secret (ECDH) and by
 * interleaved wNAFs where all is public (ECDSA's verification). Around it are the conversions, the
 * check of points, and what of ECDSA is not points. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS

#include "nist.h"

#include "expand.h"
#include "field.h"
#include "source/ec_nistp.h"

#include <bignum_core.h>
#include <bignum_internal.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/platform_util.h>
#include <stdbool.h>
#include <string.h>

#ifdef CURVES_APART /* a test has Mbed TLS's own beside it */
#define mbedtls_ecdsa_verify nist_ecdsa_verify
#endif

#define LIMBS_MAX LIMBS_P384
/* More than the stack frames of a multiplication by a secret take. */
#define STACK_BYTES 6144u

/* Multiplication in Montgomery form modulo a prime. */
struct nist_ring {
    size_t size; /* in limbs */
    const limb *modulus;
    const limb *r2; /* brings a number to Montgomery form */
    void (*multiply)(limb *z, const limb *x, const limb *y);
};

/* `field` holds AWS-LC's view: field arithmetic, 1, and multiples 1, 3, ... 15 of the base point.
 */
struct nist_curve {
    ec_nistp_meth field;
    struct nist_ring p, n; /* the field, and the numbers modulo the group's order */
    const limb *b;         /* of y^2 = x^3 - 3 x + b, in Montgomery form */
    const limb *gx, *gy;   /* the base point as it is */
};

struct nist_point {
    limb x[LIMBS_MAX], y[LIMBS_MAX], z[LIMBS_MAX];
};

/* ---- the two curves (SEC 2, 2.4.2 and 2.5.1) ------------------------------------------------- */

const limb nist_p256_p[] = {WORD(0xffffffff, 0xffffffff), WORD(0x00000000, 0xffffffff),
                            WORD(0x00000000, 0x00000000), WORD(0xffffffff, 0x00000001)};
static const limb p256_n[] = {WORD(0xf3b9cac2, 0xfc632551), WORD(0xbce6faad, 0xa7179e84),
                              WORD(0xffffffff, 0xffffffff), WORD(0xffffffff, 0x00000000)};
static const limb p256_n_r2[] = {WORD(0x83244c95, 0xbe79eea2), WORD(0x4699799c, 0x49bd6fa6),
                                 WORD(0x2845b239, 0x2b6bec59), WORD(0x66e12d94, 0xf3d95620)};
static const limb p256_r2[] = {WORD(0x00000000, 0x00000003), WORD(0xfffffffb, 0xffffffff),
                               WORD(0xffffffff, 0xfffffffe), WORD(0x00000004, 0xfffffffd)};
static const limb p256_one[] = {WORD(0x00000000, 0x00000001), WORD(0xffffffff, 0x00000000),
                                WORD(0xffffffff, 0xffffffff), WORD(0x00000000, 0xfffffffe)};
static const limb p256_b[] = {WORD(0xd89cdf62, 0x29c4bddf), WORD(0xacf005cd, 0x78843090),
                              WORD(0xe5a220ab, 0xf7212ed6), WORD(0xdc30061d, 0x04874834)};
static const limb p256_gx[] = {WORD(0xf4a13945, 0xd898c296), WORD(0x77037d81, 0x2deb33a0),
                               WORD(0xf8bce6e5, 0x63a440f2), WORD(0x6b17d1f2, 0xe12c4247)};
static const limb p256_gy[] = {WORD(0xcbb64068, 0x37bf51f5), WORD(0x2bce3357, 0x6b315ece),
                               WORD(0x8ee7eb4a, 0x7c0f9e16), WORD(0x4fe342e2, 0xfe1a7f9b)};
static const limb p256_base[] = {
#include "source/p256_base.inc"
};

const limb nist_p384_p[] = {WORD(0x00000000, 0xffffffff), WORD(0xffffffff, 0x00000000),
                            WORD(0xffffffff, 0xfffffffe), WORD(0xffffffff, 0xffffffff),
                            WORD(0xffffffff, 0xffffffff), WORD(0xffffffff, 0xffffffff)};
static const limb p384_n[] = {WORD(0xecec196a, 0xccc52973), WORD(0x581a0db2, 0x48b0a77a),
                              WORD(0xc7634d81, 0xf4372ddf), WORD(0xffffffff, 0xffffffff),
                              WORD(0xffffffff, 0xffffffff), WORD(0xffffffff, 0xffffffff)};
static const limb p384_n_r2[] = {WORD(0x2d319b24, 0x19b409a9), WORD(0xff3d81e5, 0xdf1aa419),
                                 WORD(0xbc3e483a, 0xfcb82947), WORD(0xd40d4917, 0x4aab1cc5),
                                 WORD(0x3fb05b7a, 0x28266895), WORD(0x0c84ee01, 0x2b39bf21)};
static const limb p384_r2[] = {WORD(0xfffffffe, 0x00000001), WORD(0x00000002, 0x00000000),
                               WORD(0xfffffffe, 0x00000000), WORD(0x00000002, 0x00000000),
                               WORD(0x00000000, 0x00000001), WORD(0x00000000, 0x00000000)};
static const limb p384_one[] = {WORD(0xffffffff, 0x00000001), WORD(0x00000000, 0xffffffff),
                                WORD(0x00000000, 0x00000001), WORD(0x00000000, 0x00000000),
                                WORD(0x00000000, 0x00000000), WORD(0x00000000, 0x00000000)};
static const limb p384_b[] = {WORD(0x08118871, 0x9d412dcc), WORD(0xf729add8, 0x7a4c32ec),
                              WORD(0x77f2209b, 0x1920022e), WORD(0xe3374bee, 0x94938ae2),
                              WORD(0xb62b21f4, 0x1f022094), WORD(0xcd08114b, 0x604fbff9)};
static const limb p384_gx[] = {WORD(0x3a545e38, 0x72760ab7), WORD(0x5502f25d, 0xbf55296c),
                               WORD(0x59f741e0, 0x82542a38), WORD(0x6e1d3b62, 0x8ba79b98),
                               WORD(0x8eb1c71e, 0xf320ad74), WORD(0xaa87ca22, 0xbe8b0537)};
static const limb p384_gy[] = {WORD(0x7a431d7c, 0x90ea0e5f), WORD(0x0a60b1ce, 0x1d7e819d),
                               WORD(0xe9da3113, 0xb5f0b8c0), WORD(0xf8f41dbd, 0x289a147c),
                               WORD(0x5d9e98bf, 0x9292dc29), WORD(0x3617de4a, 0x96262c6f)};
static const limb p384_base[] = {
#include "source/p384_base.inc"
};

static const limb nist_zero[LIMBS_MAX];
static const limb nist_plain_one[LIMBS_MAX] = {1};

static void p256_negate(limb *z, const limb *x) {
    field_p256_subtract(z, nist_zero, x);
}

static void p384_negate(limb *z, const limb *x) {
    field_p384_subtract(z, nist_zero, x);
}

static void nist_multiply_modulo(limb *z, const limb *x, const limb *y, const limb *modulus,
                                 size_t size) {
    limb scratch[2 * LIMBS_MAX + 1];
    mbedtls_mpi_core_montmul(z, x, y, size, modulus, size, mbedtls_mpi_core_montmul_init(modulus),
                             scratch);
}

static void p256_multiply_scalars(limb *z, const limb *x, const limb *y) {
    nist_multiply_modulo(z, x, y, p256_n, LIMBS_P256);
}

static void p384_multiply_scalars(limb *z, const limb *x, const limb *y) {
    nist_multiply_modulo(z, x, y, p384_n, LIMBS_P384);
}

/* Zero for zero only. */
static limb nist_collect(const limb *x, size_t size) {
    limb bits = 0;
    for (size_t i = 0; i < size; i++) {
        bits |= x[i];
    }
    return bits;
}

static limb p256_is_not_zero(const limb *x) {
    return nist_collect(x, LIMBS_P256);
}

static limb p384_is_not_zero(const limb *x) {
    return nist_collect(x, LIMBS_P384);
}

static const struct nist_curve nist_p256 = {
    .field = {.felem_num_limbs = LIMBS_P256,
              .felem_num_bits = 256,
              .felem_add = field_p256_add,
              .felem_sub = field_p256_subtract,
              .felem_mul = field_p256_multiply,
              .felem_sqr = field_p256_square,
              .felem_neg = p256_negate,
              .felem_nz = p256_is_not_zero,
              .felem_one = p256_one,
              .scalar_mul_base_table = p256_base},
    .p = {LIMBS_P256, nist_p256_p, p256_r2, field_p256_multiply},
    .n = {LIMBS_P256, p256_n, p256_n_r2, p256_multiply_scalars},
    .b = p256_b,
    .gx = p256_gx,
    .gy = p256_gy,
};

static const struct nist_curve nist_p384 = {
    .field = {.felem_num_limbs = LIMBS_P384,
              .felem_num_bits = 384,
              .felem_add = field_p384_add,
              .felem_sub = field_p384_subtract,
              .felem_mul = field_p384_multiply,
              .felem_sqr = field_p384_square,
              .felem_neg = p384_negate,
              .felem_nz = p384_is_not_zero,
              .felem_one = p384_one,
              .scalar_mul_base_table = p384_base},
    .p = {LIMBS_P384, nist_p384_p, p384_r2, field_p384_multiply},
    .n = {LIMBS_P384, p384_n, p384_n_r2, p384_multiply_scalars},
    .b = p384_b,
    .gx = p384_gx,
    .gy = p384_gy,
};

/* NULL: neither of the two. */
static const struct nist_curve *nist_curve_of(mbedtls_ecp_group_id id) {
    if (id == MBEDTLS_ECP_DP_SECP256R1) {
        return &nist_p256;
    }
    return id == MBEDTLS_ECP_DP_SECP384R1 ? &nist_p384 : NULL;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* `value` is not negative and fits; how it is stored is no secret, only its bits are. */
static void nist_read(limb *out, const mbedtls_mpi *value, size_t size) {
    for (size_t i = 0; i < size; i++) {
        out[i] = i < value->n ? value->p[i] : 0;
    }
}

static int nist_write(mbedtls_mpi *value, const limb *in, size_t size) {
    int code = mbedtls_mpi_grow(value, size);
    if (code != 0) {
        return code;
    }
    for (size_t i = 0; i < value->n; i++) {
        value->p[i] = i < size ? in[i] : 0;
    }
    value->s = 1;
    return 0;
}

static void nist_read_field(const struct nist_curve *curve, limb *out, const mbedtls_mpi *value) {
    nist_read(out, value, curve->field.felem_num_limbs);
    curve->field.felem_mul(out, out, curve->p.r2);
}

static int nist_write_field(const struct nist_curve *curve, mbedtls_mpi *value, const limb *in) {
    limb plain[LIMBS_MAX];
    curve->field.felem_mul(plain, in, nist_plain_one);
    return nist_write(value, plain, curve->field.felem_num_limbs);
}

/* out = in ^ exponent, a public one, four bits at a time; `out` is not `in`. */
static void nist_raise(const struct nist_ring *ring, limb *out, const limb *in,
                       const limb *exponent) {
    const size_t limb_bits = 8 * sizeof(limb);
    limb powers[16][LIMBS_MAX];
    ring->multiply(powers[0], ring->r2, nist_plain_one);
    for (size_t i = 1; i < 16; i++) {
        ring->multiply(powers[i], powers[i - 1], in);
    }
    memcpy(out, powers[0], ring->size * sizeof(limb));
    for (size_t bit = ring->size * limb_bits; bit > 0;) {
        for (int i = 0; i < 4; i++, bit--) {
            ring->multiply(out, out, out);
        }
        ring->multiply(out, out, powers[exponent[bit / limb_bits] >> (bit % limb_bits) & 15]);
    }
    mbedtls_platform_zeroize(powers, sizeof powers);
}

/* By Fermat: the power of the prime less 2, which takes nothing from its second limb. Of zero it is
 * zero. `out` is not `in`. */
static void nist_invert(const struct nist_ring *ring, limb *out, const limb *in) {
    limb exponent[LIMBS_MAX];
    memcpy(exponent, ring->modulus, ring->size * sizeof(limb));
    exponent[0] -= 2;
    nist_raise(ring, out, in, exponent);
}

/* ---- for ecp.c and ecp_curves.c -------------------------------------------------------------- */

/* Mbed TLS does not write to the numbers of a group whose cofactor is 1, nor free them. */
static void nist_point_at(mbedtls_mpi *value, const limb *limbs, size_t size) {
    value->s = 1;
    value->n = (unsigned short)size;
    value->p = (limb *)(uintptr_t)limbs;
}

int nist_load_group(mbedtls_ecp_group *group) {
    static const limb one[] = {1};
    const struct nist_curve *curve = nist_curve_of(group->id);
    const size_t size = curve->field.felem_num_limbs;
    nist_point_at(&group->P, curve->p.modulus, size);
    nist_point_at(&group->N, curve->n.modulus, size);
    nist_point_at(&group->G.X, curve->gx, size);
    nist_point_at(&group->G.Y, curve->gy, size);
    nist_point_at(&group->G.Z, one, 1);
    group->pbits = curve->field.felem_num_bits;
    group->nbits = curve->field.felem_num_bits;
    group->h = 1;
    return 0;
}

static bool nist_is_below(const mbedtls_mpi *value, const mbedtls_mpi *bound) {
    return mbedtls_mpi_cmp_int(value, 0) >= 0 && mbedtls_mpi_cmp_mpi(value, bound) < 0;
}

/* y^2 = x (x^2 - 3) + b; `out` is not `x`. */
static void nist_square_of_y(const struct nist_curve *curve, limb *out, const limb *x) {
    const ec_nistp_meth *field = &curve->field;
    field->felem_sqr(out, x);
    for (int i = 0; i < 3; i++) {
        field->felem_sub(out, out, field->felem_one);
    }
    field->felem_mul(out, out, x);
    field->felem_add(out, out, curve->b);
}

int nist_check_point(const mbedtls_ecp_group *group, const mbedtls_ecp_point *point) {
    const struct nist_curve *curve = nist_curve_of(group->id);
    const ec_nistp_meth *field = &curve->field;
    limb x[LIMBS_MAX], y[LIMBS_MAX], sum[LIMBS_MAX];
    if (!nist_is_below(&point->X, &group->P) || !nist_is_below(&point->Y, &group->P) ||
        mbedtls_mpi_cmp_int(&point->Z, 1) != 0) {
        return MBEDTLS_ERR_ECP_INVALID_KEY;
    }
    nist_read_field(curve, x, &point->X);
    nist_read_field(curve, y, &point->Y);
    nist_square_of_y(curve, sum, x);
    field->felem_sqr(y, y);
    field->felem_sub(sum, sum, y);
    return field->felem_nz(sum) == 0 ? 0 : MBEDTLS_ERR_ECP_INVALID_KEY;
}

/* The primes are 3 modulo 4: a root is the power (p + 1) / 4, that is one more than p / 4. */
bool curves_expand(const unsigned char *compressed, size_t size, unsigned char *out) {
    const struct nist_curve *curve = size == 33 ? &nist_p256 : &nist_p384;
    const size_t limbs = curve->p.size;
    limb x[LIMBS_MAX], square[LIMBS_MAX], y[LIMBS_MAX];
    (void)mbedtls_mpi_core_read_be(x, limbs, compressed + 1, size - 1);
    curve->p.multiply(x, x, curve->p.r2);
    nist_square_of_y(curve, square, x);
    memcpy(x, curve->p.modulus, limbs * sizeof(limb));
    mbedtls_mpi_core_shift_r(x, limbs, 2);
    nist_raise(&curve->p, y, square, x);
    curve->p.multiply(y, y, square);
    curve->p.multiply(y, y, nist_plain_one);
    if ((y[0] & 1) != (compressed[0] & 1u)) {
        (void)mbedtls_mpi_core_sub(y, curve->p.modulus, y, limbs);
    }
    out[0] = 4;
    memcpy(out + 1, compressed + 1, size - 1);
    (void)mbedtls_mpi_core_write_be(y, limbs, out + size, size - 1);
    return true;
}

/* What ec_nistp.c leaves of a secret on the stack: its callers are the only ones who can wipe it.
 */
__attribute__((noinline)) static void nist_wipe_stack(void) {
    unsigned char frames[STACK_BYTES];
    mbedtls_platform_zeroize(frames, sizeof frames);
}

/* The affine point of a Jacobian one, which is not at infinity. */
static int nist_write_affine(const struct nist_curve *curve, mbedtls_ecp_point *result,
                             struct nist_point *point) {
    const ec_nistp_meth *field = &curve->field;
    limb inverse[LIMBS_MAX], square[LIMBS_MAX];
    nist_invert(&curve->p, inverse, point->z);
    field->felem_sqr(square, inverse);
    field->felem_mul(point->x, point->x, square);
    field->felem_mul(square, square, inverse);
    field->felem_mul(point->y, point->y, square);
    int code = nist_write_field(curve, &result->X, point->x);
    if (code == 0) {
        code = nist_write_field(curve, &result->Y, point->y);
    }
    mbedtls_platform_zeroize(inverse, sizeof inverse);
    mbedtls_platform_zeroize(square, sizeof square);
    return code == 0 ? mbedtls_mpi_lset(&result->Z, 1) : code;
}

int nist_multiply(const mbedtls_ecp_group *group, mbedtls_ecp_point *result,
                  const mbedtls_mpi *scalar, const mbedtls_ecp_point *point) {
    const struct nist_curve *curve = nist_curve_of(group->id);
    const ec_nistp_meth *field = &curve->field;
    struct nist_point product;
    limb x[LIMBS_MAX], y[LIMBS_MAX];
    EC_SCALAR secret = {{0}};
    nist_read(secret.words, scalar, field->felem_num_limbs);
    nist_read_field(curve, x, &point->X);
    nist_read_field(curve, y, &point->Y);
    ec_nistp_scalar_mul(field, product.x, product.y, product.z, x, y, field->felem_one, &secret);
    nist_wipe_stack();
    int code = nist_write_affine(curve, result, &product);
    nist_wipe_stack();
    mbedtls_platform_zeroize(&product, sizeof product);
    mbedtls_platform_zeroize(&secret, sizeof secret);
    return code;
}

/* ---- ECDSA (SEC 1, 4.1.4) -------------------------------------------------------------------- */

/* base = hash / s, key = r / s, modulo N. */
static void nist_find_scalars(const struct nist_ring *n, EC_SCALAR *base, EC_SCALAR *key,
                              const limb *s) {
    limb montgomery[LIMBS_MAX], inverse[LIMBS_MAX];
    n->multiply(montgomery, s, n->r2);
    nist_invert(n, inverse, montgomery);
    n->multiply(base->words, base->words, inverse);
    n->multiply(key->words, key->words, inverse);
}

/* Whether the affine x of `point` is `value`, a number below p. */
static bool nist_has_x(const struct nist_curve *curve, const struct nist_point *point,
                       const limb *value) {
    limb x[LIMBS_MAX], square[LIMBS_MAX];
    curve->field.felem_sqr(square, point->z);
    curve->field.felem_mul(x, value, curve->p.r2);
    curve->field.felem_mul(x, x, square);
    return memcmp(x, point->x, curve->field.felem_num_limbs * sizeof(limb)) == 0;
}

/* Whether the affine x of `point` is `r` modulo N: it is `r`, or `r` + N, which may be below p. */
static bool nist_has_x_mod_order(const struct nist_curve *curve, const struct nist_point *point,
                                 const mbedtls_mpi *r) {
    const size_t size = curve->field.felem_num_limbs;
    limb x[LIMBS_MAX], difference[LIMBS_MAX];
    nist_read(x, r, size);
    if (curve->field.felem_nz(point->z) == 0) {
        return false;
    }
    if (nist_has_x(curve, point, x)) {
        return true;
    }
    return mbedtls_mpi_core_add(x, x, curve->n.modulus, size) == 0 &&
           mbedtls_mpi_core_sub(difference, x, curve->p.modulus, size) != 0 &&
           nist_has_x(curve, point, x);
}

/* Whether base * G + key * point has the x that the signature says. */
static bool nist_sum_has_x(const struct nist_curve *curve, const EC_SCALAR *base,
                           const EC_SCALAR *key, const mbedtls_ecp_point *point,
                           const mbedtls_mpi *r) {
    const ec_nistp_meth *field = &curve->field;
    struct nist_point sum;
    limb x[LIMBS_MAX], y[LIMBS_MAX];
    nist_read_field(curve, x, &point->X);
    nist_read_field(curve, y, &point->Y);
    ec_nistp_scalar_mul_public(field, sum.x, sum.y, sum.z, base, x, y, field->felem_one, key);
    return nist_has_x_mod_order(curve, &sum, r);
}

static bool nist_is_in_order(const mbedtls_mpi *value, const mbedtls_ecp_group *group) {
    return mbedtls_mpi_cmp_int(value, 1) >= 0 && mbedtls_mpi_cmp_mpi(value, &group->N) < 0;
}

int mbedtls_ecdsa_verify(mbedtls_ecp_group *group, const unsigned char *hash, size_t size,
                         const mbedtls_ecp_point *point, const mbedtls_mpi *r,
                         const mbedtls_mpi *s) {
    const struct nist_curve *curve = nist_curve_of(group->id);
    EC_SCALAR base = {{0}};
    EC_SCALAR key = {{0}};
    limb s_limbs[LIMBS_MAX];
    if (curve == NULL) {
        return MBEDTLS_ERR_ECP_BAD_INPUT_DATA;
    }
    const size_t limbs = curve->n.size;
    const size_t order_bytes = limbs * sizeof(limb);
    if (!nist_is_in_order(r, group) || !nist_is_in_order(s, group)) {
        return MBEDTLS_ERR_ECP_VERIFY_FAILED;
    }
    int code = nist_check_point(group, point);
    if (code == 0) {
        code = mbedtls_mpi_core_read_be(base.words, limbs, hash,
                                        size < order_bytes ? size : order_bytes);
    }
    nist_read(key.words, r, limbs);
    nist_read(s_limbs, s, limbs);
    nist_find_scalars(&curve->n, &base, &key, s_limbs);
    if (code == 0 && !nist_sum_has_x(curve, &base, &key, point, r)) {
        code = MBEDTLS_ERR_ECP_VERIFY_FAILED;
    }
    return code;
}
