/* Name constraints of CAs (RFC 5280 4.2.1.10), which Mbed TLS does not know: DNS names and IP
 * addresses are checked against them; if they concern another kind of name that a certificate has,
 * it is refused, because they cannot be checked. */
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

enum constraints_verdict { CONSTRAINTS_KEPT, CONSTRAINTS_VIOLATED, CONSTRAINTS_UNKNOWN };
/* `constraints`, of a CA above it, against the subject and the subjectAltName of `certificate`. */
enum constraints_verdict constraints_check(span constraints, const mbedtls_x509_crt *certificate);

#endif
