/* Mozilla's roots, built in as a read-only table: a trust anchor is a name and a public key (RFC
 * 5280 6.1.1 d), so that is what each entry has, with its last day and path length. */
#ifndef TRUST_BUILTIN_H
#define TRUST_BUILTIN_H

#include "base/span.h"

/* The generated table (tools/roots_table.py), sorted by `subject`: the 32-bit FNV-1a hash of the
 * subject's DER. The name itself is not needed: it only finds candidates, whose key then verifies
 * the signature or does not. */
struct builtin_root {
    uint32_t subject;
    uint8_t key_kind : 4;       /* index of key_kinds in builtin.c */
    uint8_t path_length : 4;    /* pathLenConstraint; 15: none */
    unsigned char not_after[3]; /* YYMMDD, two digits a byte: at its first second */
};
extern const struct builtin_root builtin_roots[];
extern const size_t builtin_roots_count;
/* In the order of the table. */
extern const unsigned char builtin_keys[]; /* RSA: the modulus; EC: the compressed point */
extern const char builtin_roots_date[];    /* of the bundle, YYYY-MM-DD */

/* Enough for the longest certificate that is assembled. */
#define BUILTIN_CERTIFICATE 2048u

/* The next root whose subject is `name` (DER), from *cursor on, which starts at 0, as a certificate
 * without a valid signature, which is not checked on an anchor. False: no more. */
bool builtin_next(span name, size_t *cursor, unsigned char out[BUILTIN_CERTIFICATE], size_t *size);

#endif
