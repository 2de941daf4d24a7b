#include "crypto/seal.h"

#include "base/secret.h"
#include "crypto/digest.h"

#include <mbedtls/constant_time.h>
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

/* Where the parts of sealed text are. */
struct seal_parts {
    const unsigned char *nonce;
    const unsigned char *in;
    unsigned char *out;
    size_t size; /* of both */
};

static bool seal_crypt(const unsigned char key[SEAL_KEY_SIZE], int mode, span associated,
                       const struct seal_parts *parts, unsigned char tag[SEAL_TAG_SIZE]) {
    mbedtls_gcm_context gcm;
    mbedtls_gcm_init(&gcm);
    bool done = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key, SEAL_KEY_SIZE * 8) == 0 &&
                mbedtls_gcm_crypt_and_tag(&gcm, mode, parts->size, parts->nonce, SEAL_NONCE_SIZE,
                                          (const unsigned char *)associated.data, associated.size,
                                          parts->in, parts->out, SEAL_TAG_SIZE, tag) == 0;
    mbedtls_gcm_free(&gcm);
    return done;
}

bool seal_write(const unsigned char key[SEAL_KEY_SIZE], const unsigned char nonce[SEAL_NONCE_SIZE],
                span associated, span text, struct buffer *out) {
    unsigned char *at = (unsigned char *)out->data + out->size;
    const struct seal_parts parts = {nonce, (const unsigned char *)text.data, at + SEAL_NONCE_SIZE,
                                     text.size};
    if (text.size + SEAL_OVERHEAD > out->capacity - out->size) {
        out->overflow = true;
        return true;
    }
    memcpy(at, nonce, SEAL_NONCE_SIZE);
    out->size += text.size + SEAL_OVERHEAD;
    return seal_crypt(key, MBEDTLS_GCM_ENCRYPT, associated, &parts, parts.out + text.size);
}

bool seal_read(const unsigned char key[SEAL_KEY_SIZE], span associated, span sealed, char *out,
               size_t *size) {
    const unsigned char *nonce = (const unsigned char *)sealed.data;
    unsigned char tag[SEAL_TAG_SIZE];
    if (sealed.size < SEAL_OVERHEAD) {
        return false;
    }
    const struct seal_parts parts = {nonce, nonce + SEAL_NONCE_SIZE, (unsigned char *)out,
                                     sealed.size - SEAL_OVERHEAD};
    if (!seal_crypt(key, MBEDTLS_GCM_DECRYPT, associated, &parts, tag) ||
        mbedtls_ct_memcmp(tag, parts.in + parts.size, sizeof tag) != 0) {
        return false;
    }
    *size = parts.size;
    return true;
}
