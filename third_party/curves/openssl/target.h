/* What AWS-LC's ec_nistp.[ch] and wnaf.c expect of the rest of AWS-LC, over the limbs of Mbed TLS.
 */
#ifndef CURVES_TARGET_H
#define CURVES_TARGET_H

#include <assert.h>
#include <mbedtls/bignum.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef MBEDTLS_HAVE_INT64
#define EC_NISTP_USE_64BIT_LIMB
#define OPENSSL_64_BIT
#endif

typedef mbedtls_mpi_uint BN_ULONG;
typedef mbedtls_mpi_uint crypto_word_t;
#define CURVES_WORD_BITS (8 * sizeof(crypto_word_t))

typedef struct {
    BN_ULONG words[384 / 8 / sizeof(BN_ULONG)];
} EC_SCALAR;

#define OPENSSL_STATIC_ASSERT(condition, name) _Static_assert(condition, #name)
#define OPENSSL_memcpy memcpy

/* Masks, all ones or all zeros. The compiler cannot know what `word` is, and so makes no branch of
 * it. */
static inline crypto_word_t curves_hide(crypto_word_t word) {
    __asm__("" : "+r"(word));
    return word;
}

static inline crypto_word_t constant_time_is_zero_w(crypto_word_t word) {
    word = curves_hide(word);
    return (crypto_word_t)0 - ((~word & (word - 1)) >> (CURVES_WORD_BITS - 1));
}

static inline crypto_word_t constant_time_select_w(crypto_word_t mask, crypto_word_t set,
                                                   crypto_word_t clear) {
    mask = curves_hide(mask);
    return (mask & set) | (~mask & clear);
}

/* Says that what a branch depends on is no secret; make curves-secret makes valgrind believe it. */
#ifdef CURVES_DECLASSIFY
crypto_word_t CURVES_DECLASSIFY(crypto_word_t word);
#define constant_time_declassify_w CURVES_DECLASSIFY
#else
static inline crypto_word_t constant_time_declassify_w(crypto_word_t word) {
    return word;
}
#endif

/* Reads every entry, so that the address says nothing of `index`. */
static inline void constant_time_select_entry_from_table_w(crypto_word_t *out,
                                                           const crypto_word_t *table, size_t index,
                                                           size_t count, size_t size) {
    memset(out, 0, size * sizeof *out);
    for (size_t i = 0; i < count; i++, table += size) {
        crypto_word_t mask = constant_time_is_zero_w((crypto_word_t)(i ^ index));
        for (size_t j = 0; j < size; j++) {
            out[j] |= mask & table[j];
        }
    }
}

/* The same by size in bytes, which are whole words here. */
static inline void constant_time_select_entry_from_table_8(uint8_t *out, const uint8_t *table,
                                                           size_t index, size_t count,
                                                           size_t size) {
    constant_time_select_entry_from_table_w((crypto_word_t *)(void *)out,
                                            (const crypto_word_t *)(const void *)table, index,
                                            count, size / sizeof(crypto_word_t));
}

/* Zero beyond the end. */
static inline int bn_is_bit_set_words(const BN_ULONG *words, size_t count, size_t bit) {
    size_t word = bit / CURVES_WORD_BITS;
    return word < count && (words[word] >> (bit % CURVES_WORD_BITS) & 1) != 0;
}

/* wnaf.c; its header is all of AWS-LC's curves. */
void ec_compute_wNAF(int8_t *out, const EC_SCALAR *scalar, size_t bits, int w);

#endif
