#include "trust/roots.h"

#include "support/test.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEM_BEGIN "-----BEGIN CERTIFICATE-----\n"
#define PEM_END "\n-----END CERTIFICATE-----\n"
#define PEM PEM_BEGIN "Zm9vYmFy" PEM_END

/* A file with `text`, until the next call. */
static const char *file_with(const char *text) {
    static char name[] = "/tmp/pinetoken-test-XXXXXX";
    static char used[sizeof name];
    unlink(used);
    memcpy(used, name, sizeof name);
    int fd = mkstemp(used);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return used;
}

static void test_file(void **state) {
    (void)state;
    const char *name = file_with(PEM PEM);
    struct roots roots;
    pinetoken_error error = {0};
    unsigned char room[LIMIT_CERTIFICATE];
    size_t cursor = 0;
    span found;
    assert_true(roots_load(&roots, PINETOKEN_ROOTS_BUILTIN, name, "/nonexistent", &error));
    assert_false(roots.is_builtin);
    assert_ptr_equal(roots.origin, name);
    assert_true(roots_next(&roots, SPAN("oba"), &cursor, room, &found));
    assert_span(found, "foobar");
    roots_free(&roots);
    roots_free(&roots);
}

static void test_kinds(void **state) {
    (void)state;
    const char *name = file_with(PEM);
    struct roots roots;
    pinetoken_error error = {0};
    assert_true(roots_load(&roots, PINETOKEN_ROOTS_AUTO, NULL, name, &error));
    assert_false(roots.is_builtin);
    roots_free(&roots);
    assert_true(roots_load(&roots, PINETOKEN_ROOTS_SYSTEM, NULL, name, &error));
    assert_false(roots.is_builtin);
    roots_free(&roots);
    assert_true(roots_load(&roots, PINETOKEN_ROOTS_BUILTIN, NULL, name, &error));
    assert_true(roots.is_builtin);
    roots_free(&roots);
    file_with("");
}

static void test_failures(void **state) {
    (void)state;
    struct roots roots;
    pinetoken_error error = {0};
    assert_false(roots_load(&roots, PINETOKEN_ROOTS_AUTO, "/nonexistent", NULL, &error));
    assert_int_equal(error.status, PINETOKEN_TLS);
    assert_int_equal(error.system_errno, ENOENT);
    assert_message(error, "\"/nonexistent\"");
    assert_false(roots_load(&roots, PINETOKEN_ROOTS_AUTO, NULL, "/nonexistent", &error));
    assert_false(roots_load(&roots, PINETOKEN_ROOTS_AUTO, "/tmp", NULL, &error));
    assert_false(roots_load(&roots, PINETOKEN_ROOTS_AUTO, file_with(""), NULL, &error));
    assert_message(error, "empty");
    assert_false(roots_load(&roots, PINETOKEN_ROOTS_AUTO, file_with("no PEM"), NULL, &error));
    assert_message(error, "contains no certificate (give a PEM file with --ca-file");
    static char large[4 * LIMIT_CERTIFICATE];
    memset(large, 'A', sizeof large - 1);
    memcpy(large, PEM_BEGIN, sizeof PEM_BEGIN - 1);
    memcpy(large + sizeof large - sizeof PEM_END, PEM_END, sizeof PEM_END);
    assert_false(roots_load(&roots, PINETOKEN_ROOTS_AUTO, file_with(large), NULL, &error));
    assert_message(error, "is damaged, or larger than 8192 bytes (give a PEM file with --ca-file");
    for (mode_t mode = 1; mode < 0777; mode <<= 1) {
        const char *name = file_with(PEM);
        bool is_safe = (mode & 022) == 0;
        assert_int_equal(chmod(name, 0400 | mode), 0);
        assert_int_equal(roots_load(&roots, PINETOKEN_ROOTS_AUTO, name, NULL, &error), is_safe);
        if (is_safe) {
            roots_free(&roots);
        } else {
            assert_int_equal(error.status, PINETOKEN_TLS);
            assert_message(error, "can be written by others (chmod go-w it)");
        }
    }
    file_with("");
}

static void test_owner(void **state) {
    (void)state;
    struct roots roots;
    pinetoken_error error = {0};
    const char *name = file_with(PEM);
    if (geteuid() == 0) {
        assert_int_equal(chown(name, 1234, 1234), 0);
        for (int is_system = 0; is_system < 2; is_system++) {
            assert_false(
                roots_load(&roots, PINETOKEN_ROOTS_AUTO, is_system ? NULL : name, name, &error));
            assert_message(error, "belongs to another user, who can change it (chown it to root");
        }
    }
    file_with("");
}

static void test_text(void **state) {
    (void)state;
    struct roots roots;
    pinetoken_error error = {0};
    unsigned char room[LIMIT_CERTIFICATE];
    size_t cursor = 0;
    span found;
    static const char text[] = "\n" PEM;
    assert_true(roots_load(&roots, PINETOKEN_ROOTS_BUILTIN, text, NULL, &error));
    assert_true(roots_next(&roots, SPAN("oba"), &cursor, room, &found));
    assert_span(found, "foobar");
    roots_free(&roots);
    assert_true(roots_load(&roots, PINETOKEN_ROOTS_AUTO, NULL, text, &error));
    assert_false(roots.is_builtin);
    roots_free(&roots);
    assert_false(roots_load(&roots, PINETOKEN_ROOTS_AUTO, "\n", NULL, &error));
    assert_int_equal(error.status, PINETOKEN_TLS);
    assert_message(error, "contains no certificate");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),  cmocka_unit_test(test_kinds), cmocka_unit_test(test_failures),
        cmocka_unit_test(test_owner), cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
