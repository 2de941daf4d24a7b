/* DER, as far as the extensions that Mbed TLS does not know need it. Everything is borrowed. */
#ifndef TLS_EXTENSION_H
#define TLS_EXTENSION_H

#include "base/span.h"

#include <mbedtls/x509_crt.h>

#define EXTENSION_SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)

/* Cuts the next element off *list, of any tag; false: none, or an incomplete one. */
bool extension_take(span *list, int *tag, span *content);
bool extension_take_tag(span *list, int expected, span *content);
/* The value of an extension of `certificate`; empty: it has none. */
span extension_of(const mbedtls_x509_crt *certificate, span oid);

#endif
