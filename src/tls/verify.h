/* Checks of one path beyond Mbed TLS's own: the host name, purposes, name constraints, path lengths
 * and SPKI pins. */
#ifndef TLS_VERIFY_H
#define TLS_VERIFY_H

#include "base/log.h"
#include "tls/policy.h"
#include "trust/pin.h"
#include "trust/roots.h"

#include <mbedtls/x509_crt.h>

/* What is known of the path that is being validated, from its root down. */
struct verify_path {
    size_t length;                /* certificates that the server sent */
    const mbedtls_x509_crt *root; /* borrowed during the validation; NULL: none of that name */
    bool leaf_is_root;            /* the server's own certificate is among the roots */
    size_t cas_left;              /* path length: CAs that are not self-issued, still allowed */
    uint64_t unsigned_links;      /* bit i: the certificate at depth i is not signed by the next */
    bool is_pinned;               /* it has a key with one of the pins */
    char pins_seen[LIMIT_CHAIN * PIN_SIZE]; /* separated by commas */
    span constraints[LIMIT_CHAIN];          /* of its CAs; borrowed from their certificates */
    size_t constraints_count;
    struct policy policy;
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
    int unreadable;      /* Mbed TLS's error in reading the server's own certificate; 0: none */
    bool has_unreadable; /* the server sent another certificate that cannot be read */
    struct verify_path path;
    mbedtls_x509_crt issuer;  /* of the server's own, once a path is accepted; version 0: none */
    unsigned char *staple;    /* CertificateStatus (RFC 6066 8); owned, NULL: none, or too large */
    size_t staple_size;       /* 0: none was sent */
    const char *staple_fault; /* static, "it ..."; NULL: it can be used */
    int64_t revoked_at;       /* if the staple says that the certificate is */
};

/* Faults that Mbed TLS does not know. */
#define VERIFY_CA_LEAF 0x01000000u
#define VERIFY_NOT_PINNED 0x02000000u
#define VERIFY_OUTSIDE_CONSTRAINTS 0x04000000u
#define VERIFY_PATH_LENGTH 0x10000000u
#define VERIFY_NO_POLICY 0x40000000u
#define VERIFY_NO_STAPLE 0x80000000u
#define VERIFY_TOO_COMPLEX 0x20000000u

/* SHA-2 signatures, RSA of 2048 bits or more, P-256 and P-384. */
extern const mbedtls_x509_crt_profile verify_profile;

void verify_init(struct verify *verify, span host, const struct roots *roots,
                 const char *const *pins, const struct log *log);
void verify_free(struct verify *verify);
/* Adds a certificate to the list; unlike Mbed TLS by itself, takes name constraints and
 * policies too. */
int verify_parse_certificate(mbedtls_x509_crt *chain, const unsigned char *der, size_t size);
/* Its extended key usage names it. */
bool verify_has_purpose(const mbedtls_x509_crt *certificate, span oid);
/* Takes the check of its path length over from Mbed TLS, which counts a self-issued CA that is not
 * to be counted (RFC 5280 6.1.4 (l)). */
void verify_take_path_length(mbedtls_x509_crt *certificate);
/* A new path, of `length` certificates from `leaf` up and `root`, if there is one. */
void verify_begin(struct verify *verify, size_t length, const mbedtls_x509_crt *root,
                  const mbedtls_x509_crt *leaf);
/* An mbedtls_x509_crt_verify callback with a struct verify: one certificate of the path, from the
 * root down. */
int verify_certificate(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags);

#endif
