/* The OCSP response that a server sends with its certificate (RFC 6066 8): a revoked certificate is
 * refused, and one that requires a response (RFC 7633, "must-staple") without one that can be used.
 * Any other certificate is accepted without one. */
#ifndef TLS_STAPLE_H
#define TLS_STAPLE_H

#include "tls/verify.h"

/* Whether the certificate with this extension may be parsed although it is critical: a TLS feature,
 * which staple_check judges. */
bool staple_accepts(span oid, span value);
/* Called by Mbed TLS's handshake (third_party/mbedtls/patches) with the struct verify that
 * mbedtls_ssl_conf_verify was given: keeps a copy of a CertificateStatus. 0, or Mbed TLS's error.
 */
int staple_take(void *context, const unsigned char *bytes, size_t size);
/* After path_verify has accepted `leaf`, and before anything is sent to the server that is not part
 * of the handshake. 0, or Mbed TLS's error: then describe_refusal says why. */
int staple_check(struct verify *verify, const mbedtls_x509_crt *leaf);

#endif
