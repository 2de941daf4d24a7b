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
    NOTHING " ",
    NOTHING ";x",
    NOTHING ";;" ABC,
    "/path/to/key.pem",
};

static void test_form(void **state) {
    (void)state;
    pinetoken_error error;
    for (size_t i = 0; i < COUNT(valid) + COUNT(invalid); i++) {
        bool is_valid = i < COUNT(valid);
        span text = span_text(is_valid ? valid[i] : invalid[i - COUNT(valid)]);
        char *copy = guard_copy(text);
        if (pin_check((span){copy, text.size}, &error) != is_valid) {
            fail_msg("%s", text.data);
        }
        guard_free(copy, text.size);
    }
    assert_int_equal(error.status, PINETOKEN_USAGE);
}

static void test_pin_of_and_list(void **state) {
    (void)state;
    const char *const both[] = {NOTHING ";" ABC, NULL};
    const char *const one[] = {ABC, NULL};
    char pin[PIN_SIZE];
    assert_true(pin_of(SPAN("abc"), pin));
    assert_string_equal(pin, ABC);
    assert_true(pin_is_listed(both, pin));
    assert_true(pin_is_listed(one, pin));
    assert_true(pin_of(SPAN(""), pin));
    assert_string_equal(pin, NOTHING);
    assert_true(pin_is_listed(both, pin));
    assert_false(pin_is_listed(one, pin));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_form),
                                       cmocka_unit_test(test_pin_of_and_list)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
