/* Checks of the server's certificates beyond Mbed TLS's own: the host name, purposes, name
 * constraints and SPKI pins of each path, and the roots that a path may end in. */
#ifndef TLS_VERIFY_H
#define TLS_VERIFY_H

#include "base/log.h"
#include "trust/pin.h"
#include "trust/roots.h"

#include <mbedtls/x509_crt.h>

/* What is known of the path that is being validated, from its root down. */
struct verify_path {
    bool is_pinned;                         /* it has a key with one of the pins */
    char pins_seen[LIMIT_CHAIN * PIN_SIZE]; /* separated by commas */
    span constraints[LIMIT_CHAIN];          /* of its CAs; borrowed from their certificates */
    size_t constraints_count;
    uint32_t flags;        /* of all its certificates: MBEDTLS_X509_BADCERT_... and VERIFY_... */
    pinetoken_error error; /* its message says what is wrong with each of them */
};

struct verify {
    span host;                 /* borrowed; a name without its final dot, or an address */
    unsigned char address[16]; /* of `host` if it is one */
    size_t address_size;       /* 0: it is a name */
    const struct roots *roots; /* borrowed */
    const char *const *pins;   /* borrowed, NULL-terminated; NULL: none */
    const struct log *log;     /* borrowed */
    struct verify_path path;
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
/* In place of mbedtls_x509_crt_parse_der in Mbed TLS's handshake: takes name constraints too. */
int verify_parse_certificate(mbedtls_x509_crt *chain, const unsigned char *der, size_t size);
/* For mbedtls_ssl_conf_ca_cb, with a struct verify. */
int verify_find_roots(void *context, const mbedtls_x509_crt *child, mbedtls_x509_crt **candidates);
/* For mbedtls_ssl_conf_verify, with a struct verify. */
int verify_certificate(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags);

#endif
