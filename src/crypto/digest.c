#include "crypto/digest.h"

#include <mbedtls/sha256.h>

bool digest_sha256(span bytes, unsigned char out[DIGEST_SIZE]) {
    return mbedtls_sha256((const unsigned char *)bytes.data, bytes.size, out, 0) == 0;
}
