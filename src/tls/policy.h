/* Certificate policies (RFC 5280 6.1), if no policy was asked for: they matter only on a path one
 * of whose CAs requires that some policy be valid for all of it. */
#ifndef TLS_POLICY_H
#define TLS_POLICY_H

#include "base/span.h"

#include <mbedtls/x509_crt.h>

/* More in one certificate are not kept: with them, a path may be refused that is valid. */
#define POLICY_MAX 16u

struct policy {
    size_t required_after;  /* certificates until some policy must be valid */
    size_t any_valid_for;   /* certificates in which anyPolicy still counts */
    bool any;               /* every policy is valid so far; else those of the list are */
    span valid[POLICY_MAX]; /* borrowed from the certificates */
    size_t count;
};

/* Whether Mbed TLS may go on: a well-formed extension about policies, critical or not. */
bool policy_accepts(span oid, span value);
/* Its issuer has its own name: a CA that changed its key. */
bool policy_is_self_issued(const mbedtls_x509_crt *certificate);
void policy_begin(struct policy *policy, size_t length);
/* The next certificate below the root; `is_last`: the server's. False: a policy is required and
 * none is valid. */
bool policy_check(struct policy *policy, const mbedtls_x509_crt *certificate, bool is_last);

#endif
