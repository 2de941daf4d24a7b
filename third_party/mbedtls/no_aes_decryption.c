/* The half of AES that TLS does not use here: GCM decrypts by encrypting. Mbed TLS's table of ciphers
 * names it, so that no linker could leave it out (2 KB); the configuration says that it is ours
 * (MBEDTLS_AES_SETKEY_DEC_ALT, MBEDTLS_AES_DECRYPT_ALT). */
#include <mbedtls/aes.h>

int mbedtls_aes_setkey_dec(mbedtls_aes_context *ctx, const unsigned char *key,
                           unsigned int keybits) {
    (void)ctx;
    (void)key;
    (void)keybits;
    return MBEDTLS_ERR_AES_INVALID_KEY_LENGTH;
}

int mbedtls_internal_aes_decrypt(mbedtls_aes_context *ctx, const unsigned char input[16],
                                 unsigned char output[16]) {
    (void)ctx;
    (void)input;
    (void)output;
    return MBEDTLS_ERR_AES_BAD_INPUT_DATA;
}
