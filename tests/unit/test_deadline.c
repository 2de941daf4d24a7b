#include "base/deadline.h"

#include "support/test.h"

#include <limits.h>

static void test_after(void **state) {
    (void)state;
    assert_int_equal(deadline_after(100, 50), 150);
    assert_int_equal(deadline_after(100, 0), 100);
    assert_int_equal(deadline_after(100, -1), 100);
    assert_int_equal(deadline_after(100, INT64_MIN), 100);
    assert_int_equal(deadline_after(100, INT64_MAX), INT64_MAX);
    assert_int_equal(deadline_after(INT64_MAX - 1, 1), INT64_MAX);
}

static void test_left(void **state) {
    (void)state;
    assert_int_equal(deadline_left(150, 100, INT_MAX), 50);
    assert_int_equal(deadline_left(150, 100, 20), 20);
    assert_int_equal(deadline_left(100, 100, INT_MAX), 0);
    assert_int_equal(deadline_left(99, 100, INT_MAX), 0);
    assert_int_equal(deadline_left(INT64_MAX, 0, INT_MAX), INT_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_after), cmocka_unit_test(test_left)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
