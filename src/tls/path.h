/* Path building (RFC 4158): finds, among the certificates that the server sent and the roots, a
 * path that Mbed TLS and verify.c accept. The server's certificates are a set, only the first is in
 * its place: the server's own. */
#ifndef TLS_PATH_H
#define TLS_PATH_H

#include "tls/verify.h"

/* Both are called by Mbed TLS's handshake (third_party/mbedtls/patches), with the struct verify
 * that mbedtls_ssl_conf_verify was given. */

/* Adds a certificate that the server sent. The first one must be readable; a later one that is not,
 * or that is one too many, is left out. 0, or Mbed TLS's error. */
int path_parse_certificate(void *context, mbedtls_x509_crt *chain, const unsigned char *der,
                           size_t size);
/* 0: there is a valid path. MBEDTLS_ERR_X509_CERT_VERIFY_FAILED: none; *flags and the struct verify
 * are those of the best one. Else Mbed TLS's error. */
int path_verify(void *context, mbedtls_x509_crt *chain, uint32_t *flags);

#endif
