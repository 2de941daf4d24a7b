/* What Mbed TLS asks the program for: time, SHA-1 and randomness. */
#ifndef TLS_MBEDTLS_HOOKS_H
#define TLS_MBEDTLS_HOOKS_H

#include <stddef.h>

/* For mbedtls_ssl_conf_rng: the kernel's randomness. */
int mbedtls_hooks_random(void *context, unsigned char *out, size_t size);

#endif
