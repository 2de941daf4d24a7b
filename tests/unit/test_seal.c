/* HKDF against RFC 5869's vectors; sealed text is read as it was written, and not otherwise. */
#include "crypto/seal.h"

#include "support/guard.h"
#include "support/test.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

/* In place of the C library's: this many more calls succeed. */
static int callocs_left = INT_MAX;

void *calloc(size_t count, size_t size) {
    if (callocs_left-- <= 0) {
        return NULL;
    }
    void *memory = malloc(count * size);
    return memory == NULL ? NULL : memset(memory, 0, count * size);
}

static void fill(char *out, size_t size, int first) {
    for (size_t i = 0; i < size; i++) {
        out[i] = (char)(first + (int)i);
    }
}

static void expect_key(span secret, span salt, span info, const char *hex) {
    unsigned char key[SEAL_KEY_SIZE];
    char text[2 * SEAL_KEY_SIZE + 1];
    assert_true(seal_derive_key(secret, salt, info, key));
    for (size_t i = 0; i < sizeof key; i++) {
        snprintf(text + 2 * i, 3, "%02x", key[i]);
    }
    assert_string_equal(text, hex);
}

/* RFC 5869 A.1 to A.3: the first 32 bytes of each. */
static void test_hkdf(void **state) {
    char ikm[80];
    char salt[80];
    char info[80];
    (void)state;
    memset(ikm, 0x0b, 22);
    fill(salt, 13, 0);
    fill(info, 10, 0xf0);
    expect_key((span){ikm, 22}, (span){salt, 13}, (span){info, 10},
               "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    expect_key((span){ikm, 22}, (span){NULL, 0}, (span){NULL, 0},
               "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
    fill(ikm, 80, 0);
    fill(salt, 80, 0x60);
    fill(info, 80, 0xb0);
    expect_key((span){ikm, 80}, (span){salt, 80}, (span){info, 80},
               "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c");
}

static void test_info_limit(void **state) {
    unsigned char key[SEAL_KEY_SIZE];
    char info[SEAL_INFO_MAX + 1] = "";
    (void)state;
    assert_true(seal_derive_key(SPAN("s"), SPAN(""), (span){info, SEAL_INFO_MAX}, key));
    assert_false(seal_derive_key(SPAN("s"), SPAN(""), (span){info, SEAL_INFO_MAX + 1}, key));
}

static const unsigned char key[SEAL_KEY_SIZE] = {1, 2, 3};
static const unsigned char nonce[SEAL_NONCE_SIZE] = {9, 8, 7};

/* AES-256-GCM, test case 14 of its specification (key, nonce and text of zeros). */
static void test_gcm(void **state) {
    static const unsigned char zeros[SEAL_KEY_SIZE];
    static const unsigned char expected[] = {
        0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0xce, 0xa7, 0x40,
        0x3d, 0x4d, 0x60, 0x6b, 0x6e, 0x07, 0x4e, 0xc5, 0xd3, 0xba, 0xf3, 0x9d, 0x18, 0xd0, 0xd1,
        0xc8, 0xa7, 0x99, 0x99, 0x6b, 0xf0, 0x26, 0x5b, 0x98, 0xb5, 0xd4, 0x8a, 0xb9, 0x19};
    char data[sizeof expected];
    struct buffer out;
    (void)state;
    buffer_init(&out, data, sizeof data);
    assert_true(seal_write(zeros, zeros, SPAN(""), (span){(const char *)zeros, 16}, &out));
    assert_int_equal(out.size, sizeof expected);
    assert_memory_equal(data, expected, sizeof expected);
}

static void test_read_as_written(void **state) {
    static const char *const texts[] = {"", "a", "a token of some length, over one block"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        char data[100];
        char text[100];
        size_t size = 99;
        struct buffer out;
        const span whole = span_text(texts[i]);
        buffer_init(&out, data, whole.size + SEAL_OVERHEAD);
        assert_true(seal_write(key, nonce, SPAN("key"), whole, &out) && !out.overflow);
        char *copy = guard_copy(buffer_span(&out));
        assert_true(seal_read(key, SPAN("key"), (span){copy, out.size}, text, &size));
        assert_true(span_equal((span){text, size}, whole));
        guard_free(copy, out.size);
        /* One byte less of room. */
        buffer_init(&out, data, whole.size + SEAL_OVERHEAD - 1);
        assert_true(seal_write(key, nonce, SPAN("key"), whole, &out) && out.overflow);
        assert_int_equal(out.size, 0);
    }
}

/* Each bit, each size, other associated bytes, another key. */
static void test_changed(void **state) {
    unsigned char other[SEAL_KEY_SIZE];
    char data[64];
    char text[64];
    size_t size = 99;
    struct buffer out;
    (void)state;
    memcpy(other, key, sizeof other);
    other[SEAL_KEY_SIZE - 1] ^= 1;
    buffer_init(&out, data, sizeof data);
    assert_true(seal_write(key, nonce, SPAN("key"), SPAN("token"), &out));
    for (size_t bit = 0; bit < out.size * 8; bit++) {
        data[bit / 8] = (char)(data[bit / 8] ^ 1 << bit % 8);
        assert_false(seal_read(key, SPAN("key"), buffer_span(&out), text, &size));
        data[bit / 8] = (char)(data[bit / 8] ^ 1 << bit % 8);
    }
    for (size_t cut = 0; cut < out.size; cut++) {
        assert_false(seal_read(key, SPAN("key"), (span){data, cut}, text, &size));
    }
    assert_false(seal_read(key, SPAN("kez"), buffer_span(&out), text, &size));
    assert_false(seal_read(other, SPAN("key"), buffer_span(&out), text, &size));
    assert_int_equal(size, 99);
    assert_true(seal_read(key, SPAN("key"), buffer_span(&out), text, &size));
}

static void test_out_of_memory(void **state) {
    unsigned char derived[SEAL_KEY_SIZE];
    char data[64];
    char text[64];
    size_t size = 99;
    struct buffer out;
    (void)state;
    buffer_init(&out, data, sizeof data);
    assert_true(seal_write(key, nonce, SPAN("key"), SPAN("token"), &out));
    if (callocs_left == INT_MAX) {
        skip(); /* valgrind's calloc is in the place of ours */
    }
    /* In each of the two HMACs. */
    int count = 0;
    bool is_derived = false;
    for (; !is_derived && count < 16; count++) {
        callocs_left = count;
        is_derived = seal_derive_key(SPAN("s"), SPAN("salt"), SPAN("i"), derived);
        callocs_left = INT_MAX;
    }
    assert_true(is_derived);
    assert_true(count > 2);
    callocs_left = 0;
    bool is_read = seal_read(key, SPAN("key"), buffer_span(&out), text, &size);
    callocs_left = INT_MAX;
    assert_false(is_read);
    assert_int_equal(size, 99);
}

/* More than GCM can authenticate (2^64 bits): refused before it is read. */
static void test_too_much(void **state) {
    char data[64];
    struct buffer out;
    (void)state;
    buffer_init(&out, data, sizeof data);
    if (SIZE_MAX > UINT32_MAX) {
        assert_false(seal_write(key, nonce, (span){data, SIZE_MAX}, SPAN("token"), &out));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hkdf),     cmocka_unit_test(test_info_limit),
        cmocka_unit_test(test_gcm),      cmocka_unit_test(test_read_as_written),
        cmocka_unit_test(test_changed),  cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
