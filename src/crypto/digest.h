/* SHA-256 (FIPS 180-4), with Mbed TLS. */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include "base/span.h"

#define DIGEST_SIZE 32u

/* False: it could not be computed. */
PINETOKEN_MUST_USE bool digest_sha256(span bytes, unsigned char out[DIGEST_SIZE]);

#endif
