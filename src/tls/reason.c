#include "tls/reason.h"

#include <mbedtls/cipher.h>
#include <mbedtls/rsa.h>
#include <mbedtls/ssl.h>

struct reason reason_of(int code) {
    switch (code) {
        case MBEDTLS_ERR_SSL_INVALID_RECORD:
        case MBEDTLS_ERR_SSL_UNEXPECTED_RECORD:
            return (struct reason){"the server does not speak TLS", "check host and port"};
        case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
            return (struct reason){
                "the server has none of the TLS versions offered: " REASON_TLS_VERSIONS,
                "it offers only versions that are too old: the server must be "
                "updated"};
        case MBEDTLS_ERR_SSL_NO_APPLICATION_PROTOCOL:
            return (struct reason){"the server does not speak HTTP/1.1 (ALPN)",
                                   "check host and port"};
        case MBEDTLS_ERR_SSL_BAD_INPUT_DATA: /* Mbed TLS's for a message beyond its buffer */
            return (struct reason){
                "the server sent more than 16 KiB in one message, too many certificates or names",
                "the server must send fewer"};
        case MBEDTLS_ERR_SSL_NO_RNG: return (struct reason){"the kernel gives no randomness", ""};
        case MBEDTLS_ERR_SSL_INVALID_MAC:
            return (struct reason){"a record was changed on its way, or four in a row were empty",
                                   REASON_CHECK_PATH};
        case MBEDTLS_ERR_ECP_VERIFY_FAILED:
        case MBEDTLS_ERR_RSA_VERIFY_FAILED:
            return (struct reason){
                "the server's signature does not match the key of its certificate",
                REASON_CHECK_PATH};
        default: break;
    }
    return (struct reason){"what the server sent breaks a rule of TLS, or was changed on its way",
                           REASON_CHECK_PATH};
}

bool reason_is_memory(int code) {
    static const int codes[] = {
        MBEDTLS_ERR_SSL_ALLOC_FAILED,    MBEDTLS_ERR_X509_ALLOC_FAILED,
        MBEDTLS_ERR_MPI_ALLOC_FAILED,    MBEDTLS_ERR_ECP_ALLOC_FAILED,
        MBEDTLS_ERR_PK_ALLOC_FAILED,     MBEDTLS_ERR_MD_ALLOC_FAILED,
        MBEDTLS_ERR_CIPHER_ALLOC_FAILED, MBEDTLS_ERR_ASN1_ALLOC_FAILED,
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i] == code) {
            return true;
        }
    }
    return false;
}
