#include "crypto/seal.h"

#include "base/secret.h"
#include "crypto/digest.h"

#include <mbedtls/gcm.h>
#include <mbedtls/md.h>
#include <string.h>

_Static_assert(SEAL_KEY_SIZE == DIGEST_SIZE, "one block of HKDF is enough");

static bool seal_hmac(span key, span text, unsigned char out[DIGEST_SIZE]) {
    return mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
                           (const unsigned char *)key.data, key.size,
                           (const unsigned char *)text.data, text.size, out) == 0;
}

bool seal_derive_key(span secret, span salt, span info, unsigned char key[SEAL_KEY_SIZE]) {
    unsigned char extracted[DIGEST_SIZE];
    char text[SEAL_INFO_MAX + 1];
    struct buffer block;
    buffer_init(&block, text, sizeof text);
    buffer_append(&block, info);
    buffer_append_byte(&block, 1);
    /* RFC 5869 2.2 and 2.3, for the first block. */
    bool done =
        !block.overflow && seal_hmac(salt, secret, extracted) &&
        seal_hmac((span){(const char *)extracted, sizeof extracted}, buffer_span(&block), key);
    secret_wipe(extracted, sizeof extracted);
    return done;
}

static const unsigned char *seal_bytes(span text) {
    return (const unsigned char *)text.data;
}

bool seal_write(const unsigned char key[SEAL_KEY_SIZE], const unsigned char nonce[SEAL_NONCE_SIZE],
                span associated, span text, struct buffer *out) {
    mbedtls_gcm_context gcm;
    if (text.size + SEAL_OVERHEAD > out->capacity - out->size) {
        out->overflow = true;
        return true;
    }
    unsigned char *at = (unsigned char *)out->data + out->size;
    unsigned char *sealed = at + SEAL_NONCE_SIZE;
    memcpy(at, nonce, SEAL_NONCE_SIZE);
    mbedtls_gcm_init(&gcm);
    bool done =
        mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key, SEAL_KEY_SIZE * 8) == 0 &&
        mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, text.size, nonce, SEAL_NONCE_SIZE,
                                  seal_bytes(associated), associated.size, seal_bytes(text), sealed,
                                  SEAL_TAG_SIZE, sealed + text.size) == 0;
    mbedtls_gcm_free(&gcm);
    out->size += done ? text.size + SEAL_OVERHEAD : 0;
    return done;
}

bool seal_read(const unsigned char key[SEAL_KEY_SIZE], span associated, span sealed, char *out,
               size_t *size) {
    mbedtls_gcm_context gcm;
    if (sealed.size < SEAL_OVERHEAD) {
        return false;
    }
    const unsigned char *nonce = seal_bytes(sealed);
    size_t text_size = sealed.size - SEAL_OVERHEAD;
    mbedtls_gcm_init(&gcm);
    bool done =
        mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key, SEAL_KEY_SIZE * 8) == 0 &&
        mbedtls_gcm_auth_decrypt(&gcm, text_size, nonce, SEAL_NONCE_SIZE, seal_bytes(associated),
                                 associated.size, nonce + SEAL_NONCE_SIZE + text_size,
                                 SEAL_TAG_SIZE, nonce + SEAL_NONCE_SIZE, (unsigned char *)out) == 0;
    mbedtls_gcm_free(&gcm);
    *size = done ? text_size : *size;
    return done;
}
