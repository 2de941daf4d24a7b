/* curves_expand by Mbed TLS's own curves, where AWS-LC's are not built in. */
#include "expand.h"

#include <mbedtls/ecp.h>

bool curves_expand(const unsigned char *compressed, size_t size, unsigned char *out) {
    const size_t room = 2 * size - 1;
    size_t written = 0;
    mbedtls_ecp_group group;
    mbedtls_ecp_point point;
    mbedtls_ecp_group_init(&group);
    mbedtls_ecp_point_init(&point);
    bool done = mbedtls_ecp_group_load(&group, size == 33 ? MBEDTLS_ECP_DP_SECP256R1
                                                          : MBEDTLS_ECP_DP_SECP384R1) == 0 &&
                mbedtls_ecp_point_read_binary(&group, &point, compressed, size) == 0 &&
                mbedtls_ecp_point_write_binary(&group, &point, MBEDTLS_ECP_PF_UNCOMPRESSED,
                                               &written, out, room) == 0;
    mbedtls_ecp_group_free(&group);
    mbedtls_ecp_point_free(&point);
    return done;
}
