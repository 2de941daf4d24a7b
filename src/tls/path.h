/* Path building (RFC 4158): finds, among the certificates that the server sent and the roots, a
 * path that Mbed TLS and verify.c accept. The server's certificates are a set, only the first is in
 * its place: the server's own. */
#ifndef TLS_PATH_H
#define TLS_PATH_H

#include "tls/verify.h"

/* In place of mbedtls_x509_crt_parse_der in Mbed TLS's handshake. The first certificate must be
 * readable; a later one that is not, or that is one too many, is left out. */
int path_parse_certificate(mbedtls_x509_crt *chain, const unsigned char *der, size_t size);
/* For mbedtls_ssl_conf_ca_cb, with a struct verify: the roots whose subject is the issuer of
 * `child`, in a list that the caller frees; at most LIMIT_ROOTS of them. */
int path_find_roots(void *context, const mbedtls_x509_crt *child, mbedtls_x509_crt **roots);
/* In place of mbedtls_x509_crt_verify_with_ca_cb in Mbed TLS's handshake; `context` is a struct
 * verify. 0: a path is valid. MBEDTLS_ERR_X509_CERT_VERIFY_FAILED: none is; *flags and the struct
 * verify are those of the best one. */
int path_verify(mbedtls_x509_crt *chain, void *context, uint32_t *flags);

#endif
