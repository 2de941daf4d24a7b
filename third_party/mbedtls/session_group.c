/* What Mbed TLS knows of a handshake's key exchange only while it goes on, and tells no one. */
#include "ssl_misc.h"

uint16_t session_group(const mbedtls_ssl_context *ssl);

/* The named group (RFC 8446 4.2.7); 0: not known yet, or not any more. */
uint16_t session_group(const mbedtls_ssl_context *ssl) {
    const mbedtls_ssl_handshake_params *handshake = ssl->handshake;
    if (handshake == NULL || handshake->ciphersuite_info == NULL) {
        return 0;
    }
#ifdef MBEDTLS_SSL_PROTO_TLS1_2
    if (ssl->tls_version == MBEDTLS_SSL_VERSION_TLS1_2) {
        return mbedtls_ssl_get_tls_id_from_ecp_group_id(handshake->ecdh_ctx.grp_id);
    }
#endif
    return handshake->offered_group_id;
}
