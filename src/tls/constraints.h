/* Name constraints of CAs (RFC 5280 4.2.1.10), which Mbed TLS does not know. If they concern a kind
 * of name that is not known here, no certificate with such a name is allowed. */
#ifndef TLS_CONSTRAINTS_H
#define TLS_CONSTRAINTS_H

#include "base/span.h"

#include <mbedtls/x509_crt.h>

/* An mbedtls_x509_crt_ext_cb_t: accepts well-formed name constraints, critical or not; any other
 * extension that Mbed TLS does not know is refused if it is critical. */
int constraints_accept(void *context, const mbedtls_x509_crt *certificate,
                       const mbedtls_x509_buf *oid, int critical, const unsigned char *start,
                       const unsigned char *end);

/* The extension's value in `certificate`, borrowed from it; empty: it has none. */
span constraints_of(const mbedtls_x509_crt *certificate);

/* `constraints`, of a CA above it, allow the subject and the subjectAltName of `certificate`; those
 * that are malformed allow nothing. */
bool constraints_allow(span constraints, const mbedtls_x509_crt *certificate);

#endif
