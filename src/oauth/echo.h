/* Masks a secret in what an issuer sends back, without keeping the secret: all that is kept is its
 * size and a hash of it. */
#ifndef OAUTH_ECHO_H
#define OAUTH_ECHO_H

#include "base/span.h"

/* Shorter ones are no secrets: masking them would only spoil the text. */
#define ECHO_MIN 4u

struct echo {
    size_t size; /* in bytes, each "%XX" being one; 0: nothing is masked */
    uint64_t hash;
};

/* The secret in both forms in which an issuer may repeat it. */
struct echoes {
    struct echo plain;
    struct echo sent; /* in the encoding of the request's body */
};

struct echo echo_of(span secret);
/* Overwrites each complete occurrence of the secret in text[0..size) with '*', percent-encoded or
 * not. */
void echo_mask(const struct echo *echo, char *text, size_t size);
void echoes_mask(const struct echoes *echoes, char *text, size_t size);

#endif
