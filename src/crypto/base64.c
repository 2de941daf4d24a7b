#include "crypto/base64.h"

#include <mbedtls/base64.h>

bool base64_decode(span text, unsigned char *out, size_t capacity, size_t *size) {
    return mbedtls_base64_decode(out, capacity, size, (const unsigned char *)text.data,
                                 text.size) == 0;
}

size_t base64_encode(span bytes, char *out) {
    size_t size = 0;
    (void)mbedtls_base64_encode((unsigned char *)out, BASE64_SIZE(bytes.size), &size,
                                (const unsigned char *)bytes.data, bytes.size);
    return size;
}
