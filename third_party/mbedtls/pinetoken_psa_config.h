/* By PSA's names, what the key schedule and key exchange of TLS 1.3 are to have. */
#ifndef PINETOKEN_PSA_CONFIG_H
#define PINETOKEN_PSA_CONFIG_H

#define PSA_WANT_ALG_ECDH 1 /* the key exchange ... */
#define PSA_WANT_KEY_TYPE_ECC_PUBLIC_KEY 1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_BASIC 1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_GENERATE 1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_IMPORT 1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_EXPORT 1
#define PSA_WANT_ECC_SECP_R1_256 1
#define PSA_WANT_ECC_SECP_R1_384 1

#define PSA_WANT_ALG_HKDF_EXTRACT 1 /* the key schedule (RFC 8446 7.1) */
#define PSA_WANT_ALG_HKDF_EXPAND 1
#define PSA_WANT_ALG_HMAC 1
#define PSA_WANT_KEY_TYPE_HMAC 1
#define PSA_WANT_KEY_TYPE_DERIVE 1
#define PSA_WANT_ALG_SHA_256 1 /* hashes of suites and signatures */
#define PSA_WANT_ALG_SHA_384 1
#define PSA_WANT_ALG_SHA_512 1

#ifndef PINETOKEN_TINY
#define PSA_WANT_ECC_MONTGOMERY_255 1
/* Without these two, Mbed TLS refuses a TLS 1.2 server that signs by the PSS it was offered (RFC 8446 4.2.3). */
#define PSA_WANT_ALG_RSA_PSS 1
#define PSA_WANT_KEY_TYPE_RSA_PUBLIC_KEY 1
#endif

#define PSA_WANT_ALG_GCM 1 /* records */
#define PSA_WANT_KEY_TYPE_AES 1

#endif
