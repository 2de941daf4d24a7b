/* Base64 (RFC 4648 4). Decoding is for what is public and takes a time that depends on it;
 * encoding, for passwords too, is Mbed TLS's in constant time. */
#ifndef CRYPTO_BASE64_H
#define CRYPTO_BASE64_H

#include "base/span.h"

/* Decodes `text`, which is not secret, line ends (and spaces before them) allowed, to
 * out[0..capacity). False: not base64, or too long. */
PINETOKEN_MUST_USE bool base64_decode(span text, unsigned char *out, size_t capacity, size_t *size);

/* What `size` bytes become, with a NUL after it. */
#define BASE64_SIZE(size) (((size) + 2u) / 3u * 4u + 1u)
/* To out[0..BASE64_SIZE(bytes.size)); returns the size without the NUL. */
size_t base64_encode(span bytes, char *out);

#endif
