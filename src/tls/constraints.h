/* Name constraints of CAs (RFC 5280 4.2.1.10), which Mbed TLS knows nothing of: DNS names and IP
 * addresses are held to them; where they are about another kind of name that a certificate has, it
 * is refused, for they cannot be checked. */
#ifndef TLS_CONSTRAINTS_H
#define TLS_CONSTRAINTS_H

#include "base/span.h"

#include <mbedtls/x509_crt.h>

/* An mbedtls_x509_crt_ext_cb_t: takes name constraints that are well-formed, critical or not, and
 * leaves every other extension to Mbed TLS. */
int constraints_accept(void *context, const mbedtls_x509_crt *certificate,
                       const mbedtls_x509_buf *oid, int critical, const unsigned char *start,
                       const unsigned char *end);

/* The extension's value in `certificate`, borrowed from it; empty where it has none. */
span constraints_of(const mbedtls_x509_crt *certificate);

enum constraints_verdict { CONSTRAINTS_KEPT, CONSTRAINTS_BROKEN, CONSTRAINTS_UNKNOWN };
/* `constraints`, of a CA above it, against the subject and the subjectAltName of `certificate`. */
enum constraints_verdict constraints_check(span constraints, const mbedtls_x509_crt *certificate);

#endif
