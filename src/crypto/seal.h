/* Authenticated encryption (AES-256-GCM) with a key that is derived from a secret (HKDF with
 * SHA-256, RFC 5869). */
#ifndef CRYPTO_SEAL_H
#define CRYPTO_SEAL_H

#include "base/buffer.h"

#define SEAL_KEY_SIZE 32u
#define SEAL_NONCE_SIZE 12u
#define SEAL_TAG_SIZE 16u
/* What sealed text is longer by. */
#define SEAL_OVERHEAD (SEAL_NONCE_SIZE + SEAL_TAG_SIZE)

/* The longest salt or info. */
#define SEAL_INFO_MAX 96u
/* The first 32 bytes that HKDF gives. False: they could not be computed. */
PINETOKEN_MUST_USE bool seal_derive_key(span secret, span salt, span info,
                                        unsigned char key[SEAL_KEY_SIZE]);

/* "NONCE CIPHERTEXT TAG" to `out`, without the blanks; its overflow. `nonce`: random bytes, never
 * the same twice with one key. `associated` is authenticated, not written. False: it could not be
 * computed. */
PINETOKEN_MUST_USE bool seal_write(const unsigned char key[SEAL_KEY_SIZE],
                                   const unsigned char nonce[SEAL_NONCE_SIZE], span associated,
                                   span text, struct buffer *out);
/* To out[0..sealed.size - SEAL_OVERHEAD); the size to *size. False: it was sealed with another key
 * or other associated bytes, or was changed; what is in `out` is not to be looked at. */
PINETOKEN_MUST_USE bool seal_read(const unsigned char key[SEAL_KEY_SIZE], span associated,
                                  span sealed, char *out, size_t *size);

#endif
