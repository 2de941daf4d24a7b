#include "crypto/base64.h"

#include <mbedtls/base64.h>

bool base64_decode(span text, unsigned char *out, size_t capacity, size_t *size) {
    return mbedtls_base64_decode(out, capacity, size, (const unsigned char *)text.data,
                                 text.size) == 0;
}
