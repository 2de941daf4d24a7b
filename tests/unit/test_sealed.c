/* What a shared cache stores: its names, and whom values are of use to. */
#include "cache/sealed.h"

#include "support/test.h"

static char key_text[ENTRY_KEY_SIZE];
static char id_text[SEALED_ID_SIZE];
static unsigned char key[SEAL_KEY_SIZE];
static const unsigned char nonce[SEAL_NONCE_SIZE] = {1};

static int set_up(void **state) {
    (void)state;
    memset(key_text, 'a', sizeof key_text);
    memset(id_text, '7', sizeof id_text);
    return sealed_derive_key(SPAN("secret"), key) ? 0 : -1;
}

static struct sealed_name name_of(enum sealed_kind kind) {
    return (struct sealed_name){kind, key_text, id_text};
}

static void test_names(void **state) {
    static const char *const ends[] = {"}:token", "}:lock",
                                       "}:failure:77777777777777777777777777777777"};
    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        char data[SEALED_NAME_MAX];
        struct buffer out;
        const struct sealed_name name = name_of((enum sealed_kind)i);
        buffer_init(&out, data, sizeof data);
        sealed_append_name(&out, &name);
        assert_false(out.overflow);
        assert_int_equal(data[0], '{');
        assert_memory_equal(data + 1, key_text, sizeof key_text);
        assert_span(span_cut(buffer_span(&out), 1 + ENTRY_KEY_SIZE, out.size), ends[i]);
    }
}

/* The key is HKDF-SHA-256 of the secret, without a salt, as docs/security.md has it. */
static void test_key(void **state) {
    unsigned char expected[SEAL_KEY_SIZE];
    unsigned char other[SEAL_KEY_SIZE];
    (void)state;
    assert_true(
        seal_derive_key(SPAN("secret"), SPAN(""), SPAN("pinetoken shared cache 1"), expected));
    assert_memory_equal(key, expected, sizeof key);
    assert_true(sealed_derive_key(SPAN("secret2"), other));
    assert_memory_not_equal(key, other, sizeof key);
}

/* A value is of one secret, one name, one kind, one fetch. */
static void test_who_reads(void **state) {
    char data[100];
    char text[100];
    size_t size = 0;
    struct buffer out;
    unsigned char other_key[SEAL_KEY_SIZE];
    char others[ENTRY_KEY_SIZE];
    const struct sealed_name name = name_of(SEALED_FAILURE);
    (void)state;
    buffer_init(&out, data, sizeof data);
    assert_true(sealed_write(key, &name, nonce, SPAN("text"), &out));
    const span sealed = buffer_span(&out);
    assert_true(sealed_read(key, &name, sealed, text, &size));
    assert_true(span_equal((span){text, size}, SPAN("text")));
    assert_true(sealed_derive_key(SPAN("Secret"), other_key));
    assert_false(sealed_read(other_key, &name, sealed, text, &size));
    const struct sealed_name token = name_of(SEALED_TOKEN);
    assert_false(sealed_read(key, &token, sealed, text, &size));
    memset(others, 'b', sizeof others);
    const struct sealed_name others_name = {SEALED_FAILURE, others, id_text};
    assert_false(sealed_read(key, &others_name, sealed, text, &size));
    const struct sealed_name other_fetch = {SEALED_FAILURE, key_text, key_text};
    assert_false(sealed_read(key, &other_fetch, sealed, text, &size));
}

/* By the server's clock, but never for longer than it was valid when it was obtained. */
static void test_times(void **state) {
    static const struct {
        int64_t now, left_ms, obtained, expires;
    } cases[] = {
        {1500, 500000, 1000, 2000}, /* the clocks agree */
        {1500, 499001, 1000, 2000}, /* nearly */
        {1500, 497999, 999, 1999},  /* another clock is ahead by a second more than that */
        {500, 1000000, 500, 1502},  /* this one is behind */
        {999, 1000000, 999, 2000},  /* by less than replies may take */
        {999, 999000, 999, 2000},        {990, 999000, 990, 1991},
        {900, 800000, 702, 1702},        /* behind, and it is some time ago */
        {900, -1, 1000, 2000},           /* behind, but the server does not say */
        {1500, 99999999999, 1000, 2000}, /* a server that makes it longer */
        {2500, 500000, 1000, 2000},      /* and one that has it back: it stays expired */
        {1500, -1, 1000, 2000},          /* for good */
        {1500, -2, 1000, 2000},          {1500, 0, 502, 1502},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct entry entry = {.obtained = 1000, .expires = 2000};
        sealed_set_times(&entry, cases[i].now, cases[i].left_ms);
        assert_int_equal(entry.obtained, cases[i].obtained);
        assert_int_equal(entry.expires, cases[i].expires);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_who_reads),
        cmocka_unit_test(test_times),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
