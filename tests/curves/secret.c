/* Multiplies points by scalars that valgrind takes for uninitialised: it then reports every branch
 * and every address that depends on one. Compiled and linked as the program is. curves-secret
 * nothing to report curves-secret planted     a branch on a bit of a scalar, which must be reported
 */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS /* numbers and points, seen from inside */

#include "nist.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/memcheck.h>

mbedtls_mpi_uint secret_declassify(mbedtls_mpi_uint word);

/* Two points that are equal need another formula to be added. For one scalar in 2^250 they are,
 * which makes no secret of it. */
mbedtls_mpi_uint secret_declassify(mbedtls_mpi_uint word) {
    (void)VALGRIND_MAKE_MEM_DEFINED(&word, sizeof word);
    return word;
}

static bool secret_multiply(mbedtls_ecp_group_id curve, unsigned char seed, bool is_planted) {
    unsigned char bytes[32];
    mbedtls_ecp_group group;
    mbedtls_ecp_point product;
    mbedtls_mpi scalar;
    mbedtls_ecp_group_init(&group);
    mbedtls_ecp_point_init(&product);
    mbedtls_mpi_init(&scalar);
    memset(bytes, seed, sizeof bytes);
    bool done = mbedtls_ecp_group_load(&group, curve) == 0 &&
                mbedtls_mpi_read_binary(&scalar, bytes, sizeof bytes) == 0;
    (void)VALGRIND_MAKE_MEM_UNDEFINED(scalar.p, scalar.n * sizeof *scalar.p);
    if (is_planted && (scalar.p[0] & 1) != 0) {
        puts("odd");
    }
    done = done && nist_multiply(&group, &product, &scalar, &group.G) == 0 &&
           nist_multiply(&group, &product, &scalar, &product) == 0;
    (void)VALGRIND_MAKE_MEM_DEFINED(product.X.p, product.X.n * sizeof *product.X.p);
    (void)VALGRIND_MAKE_MEM_DEFINED(product.Y.p, product.Y.n * sizeof *product.Y.p);
    done = done && mbedtls_ecp_check_pubkey(&group, &product) == 0;
    (void)VALGRIND_MAKE_MEM_DEFINED(scalar.p, scalar.n * sizeof *scalar.p);
    mbedtls_ecp_group_free(&group);
    mbedtls_ecp_point_free(&product);
    mbedtls_mpi_free(&scalar);
    return done;
}

int main(int argc, char **argv) {
    bool is_planted = argc > 1 && strcmp(argv[1], "planted") == 0;
    for (int seed = 1; seed < 16; seed += 7) {
        if (!secret_multiply(MBEDTLS_ECP_DP_SECP256R1, (unsigned char)seed, is_planted) ||
            !secret_multiply(MBEDTLS_ECP_DP_SECP384R1, (unsigned char)seed, is_planted)) {
            return EXIT_FAILURE;
        }
    }
    puts("multiplied");
    return EXIT_SUCCESS;
}
