/* What is checked of the peer's certificates, on top of what Mbed TLS checks: by a callback of its
 * own for each one of the chain, and by one that brings the roots. */
#ifndef TLS_VERIFY_H
#define TLS_VERIFY_H

#include "base/log.h"
#include "trust/pin.h"
#include "trust/roots.h"

#include <mbedtls/x509_crt.h>

struct verify {
    span host;                 /* borrowed; a name without its final dot, or an address */
    unsigned char address[16]; /* of `host` where it is one */
    size_t address_size;       /* 0: it is a name */
    const struct roots *roots; /* borrowed */
    const char *const *pins;   /* borrowed, NULL-terminated; NULL: none */
    const struct log *log;     /* borrowed */
    bool is_pinned;            /* one of the pins was seen */
    char pins_seen[LIMIT_CHAIN * PIN_SIZE]; /* of the chain so far, with commas between them */
    span constraints[LIMIT_CHAIN]; /* of the CAs so far; borrowed from their certificates */
    size_t constraints_count;
    uint32_t flags; /* of all certificates at fault, MBEDTLS_X509_BADCERT_... and VERIFY_... */
    pinetoken_error error; /* its message says what is wrong with each of them */
};

/* Faults that Mbed TLS does not know. */
#define VERIFY_CA_LEAF 0x01000000u
#define VERIFY_NOT_PINNED 0x02000000u
#define VERIFY_OUTSIDE_CONSTRAINTS 0x04000000u
#define VERIFY_UNKNOWN_CONSTRAINTS 0x08000000u

/* SHA-2 signatures, RSA of 2048 bits or more, P-256 and P-384. */
extern const mbedtls_x509_crt_profile verify_profile;

void verify_init(struct verify *verify, span host, const struct roots *roots,
                 const char *const *pins, const struct log *log);
/* In place of Mbed TLS's own in its handshake (see Makefile): takes name constraints too. */
int verify_parse_certificate(mbedtls_x509_crt *chain, const unsigned char *der, size_t size);
/* For mbedtls_ssl_conf_ca_cb, with a struct verify. */
int verify_find_roots(void *context, const mbedtls_x509_crt *child, mbedtls_x509_crt **candidates);
/* For mbedtls_ssl_conf_verify, with a struct verify. */
int verify_certificate(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags);
/* After the chain was refused: TLS, with the reasons; CLOCK where nothing but dates is wrong and
 * this machine's clock is older than this build. Always false. `flags` are all that Mbed TLS
 * knows of. */
bool verify_explain(const struct verify *verify, uint32_t flags, pinetoken_error *error);

#endif
