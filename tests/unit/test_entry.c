/* The text of a cache entry: what is read is what was written, to the last bit. */
#include "cache/entry.h"

#include "support/guard.h"
#include "support/test.h"

#include <mbedtls/sha256.h>

/* How many digests are computed before one cannot be; negative: all can. */
static int digests_left = -1;

/* In place of crypto/digest.c's. */
bool digest_sha256(span bytes, unsigned char out[DIGEST_SIZE]) {
    if (digests_left == 0) {
        return false;
    }
    digests_left -= digests_left > 0 ? 1 : 0;
    return mbedtls_sha256((const unsigned char *)bytes.data, bytes.size, out, 0) == 0;
}

#define KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static size_t write_sample(char *text, size_t capacity) {
    struct buffer out;
    const struct entry entry = {
        .key = SPAN(KEY), .obtained = 1000, .expires = 2000, .token = SPAN("e30.e30.sig")};
    buffer_init(&out, text, capacity);
    assert_true(entry_write(&entry, &out));
    return out.size;
}

static void test_read_back(void **state) {
    char text[ENTRY_MAX];
    struct entry entry;
    (void)state;
    size_t size = write_sample(text, sizeof text);
    assert_true(entry_read((span){text, size}, &entry));
    assert_span(entry.key, KEY);
    assert_span(entry.token, "e30.e30.sig");
    assert_int_equal(entry.obtained, 1000);
    assert_int_equal(entry.expires, 2000);
    /* As another implementation has it, too. */
    assert_span(entry.digest, "c1bc6bfb2e971b7724aead0aed1fba9a588757bde770650a18815f66919cbce2");
    assert_span(((span){text, size}),
                "pinetoken cache 1\nkey " KEY "\nobtained 1000\nexpires 2000\n"
                "token e30.e30.sig\n"
                "sha256 c1bc6bfb2e971b7724aead0aed1fba9a588757bde770650a18815f66919cbce2\n");
}

static void test_longest_token(void **state) {
    char token[LIMIT_TOKEN];
    char text[ENTRY_MAX];
    struct buffer out;
    struct entry entry = {
        .key = SPAN(KEY), .expires = LIMIT_UNIX_TIME, .token = {token, sizeof token}};
    (void)state;
    memset(token, 'x', sizeof token);
    buffer_init(&out, text, sizeof text);
    assert_true(entry_write(&entry, &out));
    assert_true(entry_read(buffer_span(&out), &entry));
    assert_int_equal(entry.token.size, sizeof token);
    buffer_init(&out, text, sizeof token);
    assert_false(entry_write(&entry, &out));
}

static void test_every_bit_counts(void **state) {
    char text[ENTRY_MAX];
    struct entry entry;
    (void)state;
    size_t size = write_sample(text, sizeof text);
    for (size_t bit = 0; bit < size * 8; bit++) {
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
        assert_false(entry_read((span){text, size}, &entry));
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
    }
    assert_true(entry_read((span){text, size}, &entry));
}

static bool read_copy(span text, struct entry *entry) {
    char *at_end = guard_copy(text);
    char *at_start = guard_copy_after(text);
    bool read = entry_read((span){at_end, text.size}, entry);
    assert_int_equal(entry_read((span){at_start, text.size}, entry), read);
    guard_free(at_end, text.size);
    guard_free(at_start, text.size);
    return read;
}

static void test_every_length_counts(void **state) {
    char text[ENTRY_MAX];
    struct entry entry;
    (void)state;
    size_t size = write_sample(text, sizeof text);
    for (size_t length = 0; length <= size; length++) {
        assert_int_equal(read_copy((span){text, length}, &entry), length == size);
    }
    for (int byte = 0; byte < 256; byte++) {
        text[size] = (char)byte;
        assert_false(read_copy((span){text, size + 1}, &entry));
    }
}

/* Nothing is written past the buffer, and only what is whole counts. */
static void test_every_capacity(void **state) {
    char text[ENTRY_MAX];
    (void)state;
    const size_t size = write_sample(text, sizeof text);
    const struct entry entry = {
        .key = SPAN(KEY), .obtained = 1000, .expires = 2000, .token = SPAN("e30.e30.sig")};
    for (size_t capacity = 0; capacity <= size; capacity++) {
        struct buffer out;
        char *copy = guard_copy((span){text, capacity});
        buffer_init(&out, copy, capacity);
        assert_int_equal(entry_write(&entry, &out), capacity == size);
        guard_free(copy, capacity);
    }
}

/* Right sums over what is no entry. */
static void test_well_summed_nonsense(void **state) {
    static const char *const texts[] = {
        "pinetoken cache 2\nkey k\nobtained 1\nexpires 2\ntoken t\nsha256 ",
        "pinetoken cache 1\nobtained 1\nexpires 2\ntoken t\nsha256 ",
        "pinetoken cache 1\nkey k\nobtained -1\nexpires 2\ntoken t\nsha256 ",
        "pinetoken cache 1\nkey k\nobtained 1\nexpires 253402300800\ntoken t\nsha256 ",
        "pinetoken cache 1\nkey k\nobtained 1\nexpires 2\ntoken \nsha256 ",
        "pinetoken cache 1\nkey k\nobtained 1\nexpires 2\nsha256 ",
        "pinetoken cache 1\nkey k\nobtained 1\nexpires x\ntoken t\nsha256 ",
        "pinetoken cache 1\nkey k\nexpires 2\ntoken t\nsha256 ",
        "pinetoken cache 1\nkey k\nobtained 1\ntoken t\nsha256 ",
        "pinetoken cache 1\nKEY k\nobtained 1\nexpires 2\ntoken t\nsha256 ",
        "pinetoken cache 1\nkey k\nobtained 1\nexpires 2\ntoken t\nSHA256 ",
        "pinetoken cache 1\nkey k\nobtained 1\nexpires 2\ntoken t\nmore x\nsha256 ",
        "pinetoken cache 10\nkey k\nobtained 1\nexpires 2\ntoken t\nsha256 ",
        "xpinetoken cache 1\nkey k\nobtained 1\nexpires 2\ntoken t\nsha256 ",
        "",
    };
    (void)state;
    FOR_EACH(char *const, text, texts) {
        static const char digits[] = "0123456789abcdef";
        unsigned char digest[DIGEST_SIZE];
        char whole[512];
        size_t size = strlen(*text);
        struct entry entry;
        memcpy(whole, *text, size);
        assert_true(digest_sha256((span){whole, size}, digest));
        for (size_t i = 0; i < sizeof digest; i++) {
            whole[size++] = digits[digest[i] >> 4];
            whole[size++] = digits[digest[i] & 15];
        }
        whole[size++] = '\n';
        assert_false(entry_read((span){whole, size}, &entry));
    }
}

/* A digest that cannot be computed: no key, no entry. */
static void test_no_digest(void **state) {
    char text[ENTRY_MAX];
    char other[ENTRY_MAX];
    char key[ENTRY_KEY_SIZE];
    struct buffer out;
    struct entry entry = {
        .key = SPAN(KEY), .obtained = 1000, .expires = 2000, .token = SPAN("e30.e30.sig")};
    const pinetoken_config config = {
        .token_url = "a", .client_id = "b", .audience = "c", .api_version = "d"};
    (void)state;
    size_t size = write_sample(text, sizeof text);
    for (int computed = 0; computed < 5; computed++) {
        digests_left = computed;
        assert_false(entry_key(&config, key));
        assert_int_equal(digests_left, 0);
    }
    digests_left = 5;
    assert_true(entry_key(&config, key));
    assert_int_equal(digests_left, 0);
    buffer_init(&out, other, sizeof other);
    assert_false(entry_write(&entry, &out));
    assert_false(entry_read((span){text, size}, &entry));
    digests_left = -1;
    assert_true(entry_read((span){text, size}, &entry));
}

static void test_states(void **state) {
    static const struct {
        int64_t now, min_ttl;
        enum entry_state state;
    } cases[] = {
        /* Obtained at 1000, dead at 2000. */
        {1000, 300, ENTRY_FRESH},
        {1700, 300, ENTRY_FRESH},
        {1701, 300, ENTRY_STALE},
        {1999, 300, ENTRY_STALE},
        {2000, 300, ENTRY_EXPIRED},
        {2001, 0, ENTRY_EXPIRED},
        {1999, 0, ENTRY_FRESH},
        {999, 300, ENTRY_EXPIRED},
        {0, 0, ENTRY_EXPIRED},
        /* Half of its life is all that can be asked for. */
        {1500, 600, ENTRY_FRESH},
        {1600, 400, ENTRY_FRESH},
        {1601, 400, ENTRY_STALE},
        {1500, 500, ENTRY_FRESH},
        {1501, 500, ENTRY_STALE},
        {1501, 499, ENTRY_FRESH},
        {1999, 1, ENTRY_FRESH},
        {1500, 999999, ENTRY_FRESH},
        {1501, 999999, ENTRY_STALE},
        {1500, INT64_MAX, ENTRY_FRESH},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct entry entry = {.obtained = 1000, .expires = 2000};
        assert_int_equal(entry_state(&entry, cases[i].now, cases[i].min_ttl), cases[i].state);
    }
}

static void test_keys(void **state) {
    pinetoken_config config = {
        .token_url = "a", .client_id = "b", .audience = "c", .api_version = "d"};
    const char **const parts[] = {&config.token_url, &config.client_id, &config.audience,
                                  &config.api_version};
    char key[ENTRY_KEY_SIZE];
    char other[ENTRY_KEY_SIZE];
    (void)state;
    assert_true(entry_key(&config, key));
    assert_true(entry_key(&config, other));
    assert_memory_equal(key, other, sizeof key);
    /* The SHA-256 of the parts' SHA-256, all in hexadecimal (by another implementation). */
    assert_span(((span){key, sizeof key}),
                "829670af279e5327ab9e5d840227cb7abb2fd0b06ad375f87c5a9e990c5e428f");
    for (size_t i = 0; i < COUNT(parts); i++) {
        const char *before = *parts[i];
        *parts[i] = "ab";
        assert_true(entry_key(&config, other));
        assert_memory_not_equal(key, other, sizeof key);
        *parts[i] = before;
    }
    /* Where one part ends and the next one begins. */
    config.token_url = "ab";
    config.client_id = "";
    assert_true(entry_key(&config, other));
    assert_memory_not_equal(key, other, sizeof key);
}

/* Headers, roots and pins shape a token, or say who is believed. */
static void test_keys_of_trust(void **state) {
    static const char *const none[] = {NULL};
    static const char *const pins[] = {"p1", "p2", NULL};
    static const char *const pins_in_turn[] = {"p2", "p1", NULL};
    static const char *const one[] = {"p1p2", NULL};
    static const char *const headers[] = {"h: 1", NULL};
    const pinetoken_config plain = {
        .token_url = "a", .client_id = "b", .audience = "c", .api_version = "d"};
    pinetoken_config configs[12];
    char keys[COUNT(configs)][ENTRY_KEY_SIZE];
    (void)state;
    for (size_t i = 0; i < COUNT(configs); i++) {
        configs[i] = plain;
    }
    configs[1].headers = headers;
    configs[2].pins = headers;
    configs[3].pins = pins;
    configs[4].pins = pins_in_turn;
    configs[5].pins = one;
    configs[6].ca_file = "x";
    configs[7].system_ca_file = "x";
    configs[8].ca_file = "";
    configs[9].roots = PINETOKEN_ROOTS_BUILTIN;
    configs[10].roots = PINETOKEN_ROOTS_SYSTEM;
    configs[11] = (pinetoken_config){.token_url = "a",
                                     .client_id = "b",
                                     .audience = "c",
                                     .api_version = "d",
                                     .roots = PINETOKEN_ROOTS_BUILTIN,
                                     .ca_file = "/ca",
                                     .system_ca_file = "/sys",
                                     .pins = pins,
                                     .headers = headers};
    for (size_t i = 0; i < COUNT(configs); i++) {
        assert_true(entry_key(&configs[i], keys[i]));
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(keys[i], keys[j], ENTRY_KEY_SIZE);
        }
    }
    assert_span(((span){keys[11], ENTRY_KEY_SIZE}),
                "d8c7a644944ef51f0d85f9a35ec6b1b7c9910ba1b46bd98fa6a96fef9252f72e");
    configs[0].pins = none;
    configs[0].proxy = "http://proxy";
    configs[0].family = PINETOKEN_FAMILY_IPV6;
    assert_true(entry_key(&configs[0], keys[1]));
    assert_memory_equal(keys[0], keys[1], ENTRY_KEY_SIZE);
}

static void test_identities(void **state) {
    static const char *const resolve[] = {"h:1:192.0.2.1", NULL};
    static const char *const other[] = {"h:1:192.0.2.2", NULL};
    pinetoken_config configs[7] = {{.size = 0}};
    char identities[COUNT(configs) + 1][ENTRY_KEY_SIZE];
    char salted[3][ENTRY_KEY_SIZE];
    (void)state;
    configs[1].proxy = "x";
    configs[2].no_proxy = "x";
    configs[3].resolve = resolve;
    configs[4].family = PINETOKEN_FAMILY_IPV4;
    /* All that there is room for, the last part included. */
    configs[5] = (pinetoken_config){.proxy = "x", .no_proxy = "x", .resolve = resolve};
    configs[6] = (pinetoken_config){.proxy = "x", .no_proxy = "x", .resolve = other};
    assert_true(entry_identity(&configs[0], SPAN("t"), identities[COUNT(configs)]));
    for (size_t i = 0; i < COUNT(configs); i++) {
        assert_true(entry_identity(&configs[i], SPAN("s"), identities[i]));
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(identities[i], identities[j], ENTRY_KEY_SIZE);
        }
        assert_memory_not_equal(identities[i], identities[COUNT(configs)], ENTRY_KEY_SIZE);
    }
    const span identity = {identities[0], ENTRY_KEY_SIZE};
    assert_span(identity, "95a281b4a71cfca4f5663c5e4fe9f775113663396a6e5a4ce9ada1109e6ada29");
    assert_true(entry_salted(SPAN("1"), identity, salted[0]));
    assert_true(entry_salted(SPAN("2"), identity, salted[1]));
    assert_memory_not_equal(salted[0], salted[1], ENTRY_KEY_SIZE);
    char data[3 * ENTRY_KEY_SIZE] = "";
    assert_false(entry_salted((span){data, sizeof data}, identity, salted[2]));
}

/* A forged entry with right sums: longer than a token may be, or with what would end a line. */
static void test_invalid_tokens(void **state) {
    static char long_token[LIMIT_TOKEN + 1];
    static const char *const tokens[] = {"a b", "a\"", "a'", "a\\", "a\x7f", "a;b", "=", "a=b"};
    (void)state;
    memset(long_token, 'x', sizeof long_token);
    for (size_t i = 0; i <= COUNT(tokens); i++) {
        static char text[ENTRY_MAX + 64];
        struct buffer out;
        struct entry entry = {.key = SPAN(KEY), .obtained = 1, .expires = 2};
        entry.token =
            i < COUNT(tokens) ? span_text(tokens[i]) : (span){long_token, sizeof long_token};
        buffer_init(&out, text, sizeof text);
        assert_true(entry_write(&entry, &out));
        assert_false(entry_read(buffer_span(&out), &entry));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_back),
        cmocka_unit_test(test_longest_token),
        cmocka_unit_test(test_every_bit_counts),
        cmocka_unit_test(test_every_length_counts),
        cmocka_unit_test(test_every_capacity),
        cmocka_unit_test(test_well_summed_nonsense),
        cmocka_unit_test(test_no_digest),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_keys_of_trust),
        cmocka_unit_test(test_identities),
        cmocka_unit_test(test_invalid_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
