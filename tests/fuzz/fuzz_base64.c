/* Base64: what Mbed TLS's decoder accepts, and its output, at every capacity. */
#include "crypto/base64.h"
#include "fuzz.h"

#include <mbedtls/base64.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    unsigned char expected[256];
    unsigned char out[sizeof expected];
    size_t expected_size = 0;
    size_t out_size = 0;
    size_t capacity = take_choice(&data, &size);
    const span text = {(const char *)data, size};
    bool is_valid = mbedtls_base64_decode(expected, capacity, &expected_size,
                                          (const unsigned char *)text.data, text.size) == 0;
    REQUIRE(base64_decode(text, out, capacity, &out_size) == is_valid);
    REQUIRE(!is_valid || (out_size == expected_size && memcmp(out, expected, out_size) == 0));
    return 0;
}
