/* What a client for TLS 1.2 and 1.3 needs of Mbed TLS 3.6, and nothing else. */
#ifndef PINETOKEN_MBEDTLS_CONFIG_H
#define PINETOKEN_MBEDTLS_CONFIG_H

/* ---- machine --------------------------------------------------------------------------------- */
#define MBEDTLS_HAVE_ASM        /* bignum in assembly: most of a handshake is bignum */
#define MBEDTLS_AESNI_C         /* AES of x86-64 processors, found at run time */
#define MBEDTLS_AESCE_C         /* AES of ARMv8 processors, found at run time */
#define MBEDTLS_HAVE_TIME       /* certificates have dates ... */
#define MBEDTLS_HAVE_TIME_DATE  /* ... and they are checked */
#define MBEDTLS_PLATFORM_GMTIME_R_ALT /* by tls/mbedtls_hooks.c: the C library's brings its time zones */
#define MBEDTLS_PLATFORM_C      /* HAVE_TIME wants it */

/* ---- PSA ------------------------------------------------------------------------------------- */
/* TLS 1.3 asks by PSA's names what there is; it calls nothing of PSA (07-tls13-without-psa.patch). */
#define MBEDTLS_PSA_CRYPTO_CONFIG
#define MBEDTLS_PSA_CRYPTO_CONFIG_FILE "pinetoken_psa_config.h"

/* ---- TLS ------------------------------------------------------------------------------------- */
#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#ifndef PINETOKEN_TINY
#define MBEDTLS_SSL_PROTO_TLS1_2            /* issuers behind older middleboxes */
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED   /* 1.2, forward secret only */
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET  /* RFC 7627: binds 1.2's keys to its handshake */
#endif
#define MBEDTLS_SSL_PROTO_TLS1_3
#define MBEDTLS_SSL_TLS1_3_COMPATIBILITY_MODE /* middleboxes drop 1.3 without it (RFC 8446 D.4) */
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE   /* 1.3 of Mbed TLS wants it */
#define MBEDTLS_SSL_SERVER_NAME_INDICATION  /* CDNs choose the certificate by it */
#define MBEDTLS_SSL_ALPN                    /* "http/1.1": never get HTTP/2 by accident */
/* What is offered, in this order; Mbed TLS's own list has all that there are (700 bytes). */
#define MBEDTLS_SSL_CIPHERSUITES                                                              \
    MBEDTLS_TLS1_3_AES_256_GCM_SHA384, MBEDTLS_TLS1_3_AES_128_GCM_SHA256,                     \
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,                                      \
        MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,                                        \
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,                                      \
        MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
#define MBEDTLS_SSL_IN_CONTENT_LEN 16384    /* a record that a server may send whole */
#define MBEDTLS_SSL_OUT_CONTENT_LEN 4096    /* ClientHello and request; longer ones take two records */

/* ---- certificates ---------------------------------------------------------------------------- */
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_REMOVE_INFO            /* texts nobody prints */
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C                /* ECDSA signatures between their two notations */
#define MBEDTLS_OID_C
#define MBEDTLS_BASE64_C                    /* a proxy's password, in constant time (crypto/base64.c) */

/* ---- public keys ----------------------------------------------------------------------------- */
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#ifndef PINETOKEN_TINY
#define MBEDTLS_RSA_C                       /* two of three roots, and most chains */
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_PKCS1_V21
#define MBEDTLS_X509_RSASSA_PSS_SUPPORT     /* TLS 1.3 signatures, and certificates so signed */
#endif
#define MBEDTLS_ECP_C
#define MBEDTLS_ECDSA_C
#define MBEDTLS_ECDH_C
#ifndef PINETOKEN_TINY
#define MBEDTLS_ECP_DP_CURVE25519_ENABLED   /* key exchange with servers that have nothing else */
#endif
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED    /* key exchange, leaves and intermediates */
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED    /* EC roots */
#ifdef PINETOKEN_NIST_CURVES
#define MBEDTLS_ECDSA_VERIFY_ALT            /* by third_party/curves/nist.c */
#else
#define MBEDTLS_ECP_NIST_OPTIM              /* reduction by the primes' shape: several times faster */
#endif

/* ---- symmetric keys -------------------------------------------------------------------------- */
#define MBEDTLS_AES_C
#define MBEDTLS_AES_FEWER_TABLES            /* 6 KB less; nobody sees it in one request */
#define MBEDTLS_AES_SETKEY_DEC_ALT          /* GCM decrypts by encrypting (no_aes_decryption.c) */
#define MBEDTLS_AES_DECRYPT_ALT
#define MBEDTLS_GCM_C
#define MBEDTLS_CIPHER_C                    /* between TLS and the above */
#define MBEDTLS_MD_C
#define MBEDTLS_MD_CAN_SHA1                 /* old roots sign themselves with it: it has a name, but no code (MBEDTLS_SHA1_C) */
#define MBEDTLS_SHA256_SMALLER              /* 2 KB less; hashing is next to nothing of a handshake */
#define MBEDTLS_SHA512_SMALLER              /* as with SHA-256 */
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA384_C                    /* suites and signatures with it */
#define MBEDTLS_SHA512_C                    /* signatures of roots' children */
#define MBEDTLS_HKDF_C                      /* TLS 1.3's key schedule */

#endif
