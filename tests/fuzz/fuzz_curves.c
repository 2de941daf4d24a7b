/* P-256 and P-384 of third_party/curves against Mbed TLS's own code, both in one program: products
 * of points, the check of points, signatures that are right and such as were changed. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS /* numbers and points, seen from inside */

#include "fuzz.h"

#include "nist.h"

#include <mbedtls/ecdsa.h>

#define BYTES_MAX 48u

/* nist.c's, under another name: here mbedtls_ecdsa_verify is Mbed TLS's. */
int nist_ecdsa_verify(mbedtls_ecp_group *group, const unsigned char *hash, size_t size,
                      const mbedtls_ecp_point *point, const mbedtls_mpi *r, const mbedtls_mpi *s);

static struct {
    mbedtls_ecp_group ours, theirs;
    mbedtls_ecp_point key, product, expected;
    mbedtls_mpi secret, nonce, hash, r, s;
} run;

static int random_bytes(void *context, unsigned char *out, size_t size) {
    (void)context;
    memset(out, 0x5a, size);
    return 0;
}

static void start(mbedtls_ecp_group_id curve) {
    mbedtls_ecp_group_init(&run.ours);
    mbedtls_ecp_group_init(&run.theirs);
    mbedtls_ecp_point_init(&run.key);
    mbedtls_ecp_point_init(&run.product);
    mbedtls_ecp_point_init(&run.expected);
    mbedtls_mpi_init(&run.secret);
    mbedtls_mpi_init(&run.nonce);
    mbedtls_mpi_init(&run.hash);
    mbedtls_mpi_init(&run.r);
    mbedtls_mpi_init(&run.s);
    run.ours.id = curve;
    REQUIRE(nist_load_group(&run.ours) == 0);
    REQUIRE(mbedtls_ecp_group_load(&run.theirs, curve) == 0);
}

static void finish(void) {
    mbedtls_ecp_group_free(&run.ours);
    mbedtls_ecp_group_free(&run.theirs);
    mbedtls_ecp_point_free(&run.key);
    mbedtls_ecp_point_free(&run.product);
    mbedtls_ecp_point_free(&run.expected);
    mbedtls_mpi_free(&run.secret);
    mbedtls_mpi_free(&run.nonce);
    mbedtls_mpi_free(&run.hash);
    mbedtls_mpi_free(&run.r);
    mbedtls_mpi_free(&run.s);
}

static void require_same_groups(void) {
    REQUIRE(mbedtls_mpi_cmp_mpi(&run.ours.P, &run.theirs.P) == 0);
    REQUIRE(mbedtls_mpi_cmp_mpi(&run.ours.N, &run.theirs.N) == 0);
    REQUIRE(mbedtls_ecp_point_cmp(&run.ours.G, &run.theirs.G) == 0);
    REQUIRE(run.ours.pbits == run.theirs.pbits && run.ours.nbits == run.theirs.nbits);
}

/* A number in [1, N): of the input's bytes, near 0, near N, near a power of two, or of long runs.
 */
static void take_scalar(const uint8_t **data, size_t *size, mbedtls_mpi *out) {
    unsigned char bytes[BYTES_MAX] = {0};
    const size_t width = run.theirs.nbits / 8;
    uint8_t kind = take_choice(data, size);
    for (size_t i = 0; i < width; i++) {
        uint8_t byte = kind % 5 < 3 || kind % 5 == 4 ? take_choice(data, size) : 0;
        bytes[i] = kind % 5 != 4 ? byte : byte % 2 == 0 ? 0 : 0xff;
    }
    int small = take_choice(data, size);
    REQUIRE(mbedtls_mpi_read_binary(out, bytes, width) == 0);
    if (kind % 5 == 1) {
        REQUIRE(mbedtls_mpi_lset(out, small) == 0);
    } else if (kind % 5 == 2) {
        REQUIRE(mbedtls_mpi_sub_int(out, &run.theirs.N, small) == 0);
    } else if (kind % 5 == 3) {
        REQUIRE(mbedtls_mpi_set_bit(out, (size_t)kind * 7 % run.theirs.nbits, 1) == 0);
        REQUIRE(mbedtls_mpi_sub_int(out, out, small % 3 - 1) == 0);
    }
    REQUIRE(mbedtls_mpi_mod_mpi(out, out, &run.theirs.N) == 0);
    if (mbedtls_mpi_cmp_int(out, 0) == 0) {
        REQUIRE(mbedtls_mpi_lset(out, 1) == 0);
    }
}

/* out = scalar * point, by both. */
static void multiply(mbedtls_ecp_point *out, const mbedtls_mpi *scalar,
                     const mbedtls_ecp_point *point) {
    REQUIRE(mbedtls_ecp_mul(&run.theirs, &run.expected, scalar, point, random_bytes, NULL) == 0);
    REQUIRE(nist_multiply(&run.ours, out, scalar, point) == 0);
    REQUIRE(mbedtls_ecp_point_cmp(out, &run.expected) == 0);
    REQUIRE(nist_check_point(&run.ours, out) == 0);
}

/* s = (hash + r * secret) / nonce mod N; false: the signature would not be valid. */
static bool sign(void) {
    mbedtls_mpi *s = &run.s;
    multiply(&run.product, &run.nonce, &run.theirs.G);
    REQUIRE(mbedtls_mpi_mod_mpi(&run.r, &run.product.X, &run.theirs.N) == 0);
    REQUIRE(mbedtls_mpi_mul_mpi(s, &run.r, &run.secret) == 0);
    REQUIRE(mbedtls_mpi_add_mpi(s, s, &run.hash) == 0);
    REQUIRE(mbedtls_mpi_inv_mod(&run.nonce, &run.nonce, &run.theirs.N) == 0);
    REQUIRE(mbedtls_mpi_mul_mpi(s, s, &run.nonce) == 0);
    REQUIRE(mbedtls_mpi_mod_mpi(s, s, &run.theirs.N) == 0);
    return mbedtls_mpi_cmp_int(s, 0) != 0 && mbedtls_mpi_cmp_int(&run.r, 0) != 0;
}

static int verify_by_both(const unsigned char *hash, size_t size) {
    int expected = mbedtls_ecdsa_verify(&run.theirs, hash, size, &run.key, &run.r, &run.s);
    int ours = nist_ecdsa_verify(&run.ours, hash, size, &run.key, &run.r, &run.s);
    REQUIRE(ours == expected);
    return expected;
}

/* One thing of a signature changed by one bit, or by N. */
static void change(uint8_t what, uint8_t how) {
    mbedtls_mpi *const parts[] = {&run.r, &run.s, &run.key.X, &run.key.Y};
    mbedtls_mpi *part = parts[what % 4];
    if (what >= 0xf0) {
        REQUIRE(mbedtls_mpi_add_mpi(part, part, &run.theirs.N) == 0);
        return;
    }
    size_t bit = (size_t)how * 2 % run.theirs.nbits;
    REQUIRE(mbedtls_mpi_set_bit(part, bit, (unsigned char)!mbedtls_mpi_get_bit(part, bit)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    unsigned char hash[BYTES_MAX];
    uint8_t choice = take_choice(&data, &size);
    start(choice % 2 == 0 ? MBEDTLS_ECP_DP_SECP256R1 : MBEDTLS_ECP_DP_SECP384R1);
    require_same_groups();
    const size_t width = run.theirs.nbits / 8;
    take_scalar(&data, &size, &run.secret);
    take_scalar(&data, &size, &run.nonce);
    take_scalar(&data, &size, &run.hash);
    REQUIRE(mbedtls_mpi_write_binary(&run.hash, hash, width) == 0);
    multiply(&run.key, &run.secret, &run.theirs.G);
    multiply(&run.product, &run.nonce, &run.key);
    if (sign()) {
        REQUIRE(verify_by_both(hash, width) == 0);
        uint8_t what = take_choice(&data, &size);
        change(what, take_choice(&data, &size));
        REQUIRE(verify_by_both(hash, width) != 0);
        REQUIRE(nist_check_point(&run.ours, &run.key) ==
                mbedtls_ecp_check_pubkey(&run.theirs, &run.key));
    }
    finish();
    return 0;
}
