/* Codes of Mbed TLS's in words. */
#ifndef TLS_REASON_H
#define TLS_REASON_H

#include <stdbool.h>

#include <mbedtls/build_info.h>

/* Those offered. */
#ifdef MBEDTLS_SSL_PROTO_TLS1_2
#define REASON_TLS_VERSIONS "1.2, 1.3"
#else
#define REASON_TLS_VERSIONS "1.3"
#endif

/* Advice if what arrived is not what the server sent. */
#define REASON_CHECK_PATH "check --proxy and the network between here and the server"

struct reason {
    const char *why;
    const char *advice;
};

struct reason reason_of(int code);
bool reason_is_memory(int code);

#endif
