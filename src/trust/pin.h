/* SPKI pins: SHA-256 of a SubjectPublicKeyInfo (RFC 7469 2.4), in curl's notation,
 * "sha256//BASE64"; several are separated by ';'. */
#ifndef TRUST_PIN_H
#define TRUST_PIN_H

#include "crypto/base64.h"
#include "crypto/digest.h"

#define PIN_SIZE (8u + BASE64_SIZE(DIGEST_SIZE)) /* with its NUL */

/* USAGE: not of that form. */
PINETOKEN_MUST_USE bool pin_check(span text, pinetoken_error *error);
/* The SPKI pin of a key (DER), NUL-terminated. False: it could not be computed. */
PINETOKEN_MUST_USE bool pin_of(span public_key, char out[PIN_SIZE]);
/* Whether it is in the NULL-terminated list, each text of which passed pin_check. */
bool pin_is_listed(const char *const *pins, const char *pin);

#endif
