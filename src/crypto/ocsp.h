/* An OCSP response (RFC 6960 4.2.1), as far as the status of one certificate needs it. It is only
 * read here: whose signature it has, and what time it is, others must check. */
#ifndef CRYPTO_OCSP_H
#define CRYPTO_OCSP_H

#include "base/span.h"

enum ocsp_status { OCSP_GOOD, OCSP_REVOKED, OCSP_UNKNOWN };

/* The spans are borrowed from the response; times are Unix times. */
struct ocsp {
    span signed_part; /* ResponseData, with its tag and length */
    span algorithm;   /* of the signature: its OID */
    span signature;
    span certificate; /* the first of those sent along, in DER; empty: none */
    enum ocsp_status status;
    int64_t revoked_at; /* if it is */
    int64_t this_update;
    int64_t next_update; /* this_update if there is none: a newer response is always available */
};

/* What it says of the certificate with this serial number (the bytes of the INTEGER). The hashes of
 * its issuer's name and key are not compared: the signature must be by that key, or by the key of a
 * certificate that it signed. NULL: *ocsp is filled; else why the response is of no use, static
 * text: "it ...". */
PINETOKEN_MUST_USE const char *ocsp_read(span response, span serial, struct ocsp *ocsp);

#endif
