/* DER (X.690), cut into its elements. Everything is borrowed. */
#ifndef CRYPTO_DER_H
#define CRYPTO_DER_H

#include "base/span.h"

#include <mbedtls/asn1.h>

#define DER_SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)

/* Cuts the next element off *list, of any tag; false: none, or an incomplete one. */
bool der_take(span *list, int *tag, span *content);
bool der_take_tag(span *list, int expected, span *content);

#endif
