/* What Mbed TLS calls for keys that a client without a certificate never has, and for block ciphers in
 * modes that TLS here does not use. Its tables of key types and ciphers name these functions, so that
 * no linker could leave the code behind them out (12 KB); Makefile renames the former to these here
 * where the tables are compiled. */
#include <mbedtls/aes.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>

#define UNUSED_7(a, b, c, d, e, f, g) \
    ((void)(a), (void)(b), (void)(c), (void)(d), (void)(e), (void)(f), (void)(g))

int mbedtls_rsa_pkcs1_sign(mbedtls_rsa_context *rsa,
                           int (*f_rng)(void *, unsigned char *, size_t), void *p_rng,
                           mbedtls_md_type_t md_alg, unsigned int hashlen,
                           const unsigned char *hash, unsigned char *sig) {
    UNUSED_7(rsa, f_rng, p_rng, md_alg, hashlen, hash, sig);
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}

int mbedtls_rsa_rsassa_pss_sign_no_mode_check(mbedtls_rsa_context *rsa,
                                              int (*f_rng)(void *, unsigned char *, size_t),
                                              void *p_rng, mbedtls_md_type_t md_alg,
                                              unsigned int hashlen, const unsigned char *hash,
                                              unsigned char *sig);
int mbedtls_rsa_rsassa_pss_sign_no_mode_check(mbedtls_rsa_context *rsa,
                                              int (*f_rng)(void *, unsigned char *, size_t),
                                              void *p_rng, mbedtls_md_type_t md_alg,
                                              unsigned int hashlen, const unsigned char *hash,
                                              unsigned char *sig) {
    UNUSED_7(rsa, f_rng, p_rng, md_alg, hashlen, hash, sig);
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}

struct mbedtls_ssl_context;
int mbedtls_ssl_tls13_write_certificate_verify(struct mbedtls_ssl_context *ssl);
int mbedtls_ssl_tls13_write_certificate_verify(struct mbedtls_ssl_context *ssl) {
    UNUSED_7(ssl, 0, 0, 0, 0, 0, 0);
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}

int mbedtls_rsa_pkcs1_encrypt(mbedtls_rsa_context *rsa,
                              int (*f_rng)(void *, unsigned char *, size_t), void *p_rng,
                              size_t ilen, const unsigned char *input, unsigned char *output) {
    UNUSED_7(rsa, f_rng, p_rng, ilen, input, output, 0);
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}

int mbedtls_rsa_pkcs1_decrypt(mbedtls_rsa_context *rsa,
                              int (*f_rng)(void *, unsigned char *, size_t), void *p_rng,
                              size_t *olen, const unsigned char *input, unsigned char *output,
                              size_t output_max_len) {
    UNUSED_7(rsa, f_rng, p_rng, olen, input, output, output_max_len);
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}

int mbedtls_rsa_check_pub_priv(const mbedtls_rsa_context *pub, const mbedtls_rsa_context *prv) {
    UNUSED_7(pub, prv, 0, 0, 0, 0, 0);
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}

/* A public key is read by the function that would complete a private one. */
int mbedtls_rsa_deduce_primes(mbedtls_mpi const *N, mbedtls_mpi const *E, mbedtls_mpi const *D,
                              mbedtls_mpi *P, mbedtls_mpi *Q);
int mbedtls_rsa_deduce_primes(mbedtls_mpi const *N, mbedtls_mpi const *E, mbedtls_mpi const *D,
                              mbedtls_mpi *P, mbedtls_mpi *Q) {
    UNUSED_7(N, E, D, P, Q, 0, 0);
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}

int mbedtls_rsa_deduce_private_exponent(mbedtls_mpi const *P, mbedtls_mpi const *Q,
                                        mbedtls_mpi const *E, mbedtls_mpi *D);
int mbedtls_rsa_deduce_private_exponent(mbedtls_mpi const *P, mbedtls_mpi const *Q,
                                        mbedtls_mpi const *E, mbedtls_mpi *D) {
    UNUSED_7(P, Q, E, D, 0, 0, 0);
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}

int mbedtls_rsa_deduce_crt(const mbedtls_mpi *P, const mbedtls_mpi *Q, const mbedtls_mpi *D,
                           mbedtls_mpi *DP, mbedtls_mpi *DQ, mbedtls_mpi *QP);
int mbedtls_rsa_deduce_crt(const mbedtls_mpi *P, const mbedtls_mpi *Q, const mbedtls_mpi *D,
                           mbedtls_mpi *DP, mbedtls_mpi *DQ, mbedtls_mpi *QP) {
    UNUSED_7(P, Q, D, DP, DQ, QP, 0);
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}

int mbedtls_ecp_check_pub_priv(const mbedtls_ecp_keypair *pub, const mbedtls_ecp_keypair *prv,
                               int (*f_rng)(void *, unsigned char *, size_t), void *p_rng) {
    UNUSED_7(pub, prv, f_rng, p_rng, 0, 0, 0);
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}

int mbedtls_ecdsa_write_signature(mbedtls_ecdsa_context *ctx, mbedtls_md_type_t md_alg,
                                  const unsigned char *hash, size_t hlen, unsigned char *sig,
                                  size_t sig_size, size_t *slen,
                                  int (*f_rng)(void *, unsigned char *, size_t), void *p_rng) {
    UNUSED_7(ctx, md_alg, hash, hlen, sig, sig_size, slen);
    UNUSED_7(f_rng, p_rng, 0, 0, 0, 0, 0);
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}

int mbedtls_aes_setkey_dec(mbedtls_aes_context *ctx, const unsigned char *key,
                           unsigned int keybits) {
    UNUSED_7(ctx, key, keybits, 0, 0, 0, 0);
    return MBEDTLS_ERR_AES_INVALID_KEY_LENGTH;
}

int mbedtls_internal_aes_decrypt(mbedtls_aes_context *ctx, const unsigned char input[16],
                                 unsigned char output[16]) {
    UNUSED_7(ctx, input, output, 0, 0, 0, 0);
    return MBEDTLS_ERR_AES_BAD_INPUT_DATA;
}
