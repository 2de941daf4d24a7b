#include "base/secret.h"

#include "support/test.h"

static void test_wipe(void **state) {
    (void)state;
    char text[] = "xsecretx";
    secret_wipe(text + 1, 6);
    assert_memory_equal(text, "x\0\0\0\0\0\0x", 8);
    secret_wipe(text, 0);
    secret_wipe(NULL, 0);
    assert_int_equal(text[0], 'x');
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_wipe)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
