#include "trust/pin.h"

#include "support/guard.h"
#include "support/test.h"

/* Of the SHA-256 of nothing, and of "abc" (FIPS 180-4's example). */
#define NOTHING "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define ABC "sha256//ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="

static const char *const valid[] = {NOTHING, ABC, NOTHING ";" ABC};
static const char *const invalid[] = {
    "",
    "sha256//",
    "SHA256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "sha1//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
    "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",
    "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF==",
    "sha256//47DEQpj8HBSa+_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",
    "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3h\nuFU=",
    "sha256//AAAA",
    " " NOTHING,
    ";",
    ";" NOTHING,
    NOTHING "x" ABC,
    NOTHING ":" ABC,
    "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFUA",
    "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF+=",
    "xha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "sha256/x47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    /* As long, decoded to 31 and to 33 bytes. */
    "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==",
    "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFUU",
    NOTHING " ",
    NOTHING ";x",
    NOTHING ";;" ABC,
    "/path/to/key.pem",
};

static void test_form(void **state) {
    (void)state;
    for (size_t i = 0; i < 2 * (COUNT(valid) + COUNT(invalid)); i++) {
        size_t row = i / 2;
        bool is_valid = row < COUNT(valid);
        pinetoken_error error = {0};
        span text = span_text(is_valid ? valid[row] : invalid[row - COUNT(valid)]);
        char *copy = i % 2 ? guard_copy_after(text) : guard_copy(text);
        if (pin_check((span){copy, text.size}, &error) != is_valid) {
            fail_msg("%s", text.data);
        }
        guard_free(copy, text.size);
        assert_int_equal(error.status, is_valid ? PINETOKEN_OK : PINETOKEN_USAGE);
        assert_int_equal(error.message[0] != '\0', !is_valid);
    }
}

static void test_pin_of_and_list(void **state) {
    (void)state;
    const char *const both[] = {NOTHING ";" ABC, NULL};
    const char *const one[] = {ABC, NULL};
    const char *const apart[] = {NOTHING, ABC, NULL};
    const char *const none[] = {NULL};
    char pin[PIN_SIZE];
    assert_true(pin_of(SPAN("abc"), pin));
    assert_string_equal(pin, ABC);
    assert_true(pin_is_listed(both, pin));
    assert_true(pin_is_listed(one, pin));
    assert_true(pin_of(SPAN(""), pin));
    assert_string_equal(pin, NOTHING);
    assert_true(pin_is_listed(both, pin));
    assert_false(pin_is_listed(one, pin));
    assert_true(pin_is_listed(apart, ABC));
    assert_true(pin_is_listed(apart, NOTHING));
    assert_false(pin_is_listed(none, ABC));
    /* All 52 characters count, the first and the last too. */
    for (size_t i = 0; i < PIN_SIZE - 1; i++) {
        char other[PIN_SIZE] = ABC;
        other[i] = (char)(other[i] == 'x' ? 'y' : 'x');
        assert_false(pin_is_listed(both, other));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_form),
                                       cmocka_unit_test(test_pin_of_and_list)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
