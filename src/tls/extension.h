/* Extensions that Mbed TLS does not know. */
#ifndef TLS_EXTENSION_H
#define TLS_EXTENSION_H

#include "base/span.h"

#include <mbedtls/x509_crt.h>

/* The value of an extension of `certificate`, borrowed from it; empty: it has none. */
span extension_of(const mbedtls_x509_crt *certificate, span oid);

#endif
