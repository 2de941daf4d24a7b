/* Every built-in root, against the certificate that it was made from. */
#include "trust/builtin.h"

#include "support/test.h"
#include "trust/roots.h"

#include <mbedtls/x509_crt.h>
#include <stdio.h>

static mbedtls_x509_crt originals;
static size_t unreadable; /* with a key on a curve that is not accepted */

static int load_originals(void **state) {
    struct roots roots;
    pinetoken_error error = {0};
    size_t cursor = 0;
    span der;
    (void)state;
    mbedtls_x509_crt_init(&originals);
    assert_true(
        roots_load(&roots, PINETOKEN_ROOTS_AUTO, "third_party/roots/mozilla.pem", NULL, &error));
    /* Every DER certificate contains the empty name. */
    while (bundle_next(&roots.bundle, SPAN(""), &cursor, &der)) {
        const unsigned char *bytes = (const unsigned char *)der.data;
        unreadable += mbedtls_x509_crt_parse_der(&originals, bytes, der.size) != 0;
    }
    roots_free(&roots);
    return 0;
}

static int free_originals(void **state) {
    (void)state;
    mbedtls_x509_crt_free(&originals);
    return 0;
}

static span raw(const mbedtls_x509_buf *buffer) {
    return (span){(const char *)buffer->p, buffer->len};
}

static bool is_after(const mbedtls_x509_time *a, const mbedtls_x509_time *b) {
    const int a_parts[] = {a->year, a->mon, a->day, a->hour, a->min, a->sec};
    const int b_parts[] = {b->year, b->mon, b->day, b->hour, b->min, b->sec};
    for (size_t i = 0; i < COUNT(a_parts); i++) {
        if (a_parts[i] != b_parts[i]) {
            return a_parts[i] > b_parts[i];
        }
    }
    return false;
}

/* Whether one of the candidates for the original's name is the original, as far as an anchor goes.
 */
static bool is_among_candidates(const mbedtls_x509_crt *original) {
    unsigned char der[BUILTIN_CERTIFICATE];
    size_t size = 0;
    size_t cursor = 0;
    bool found = false;
    while (builtin_next(raw(&original->subject_raw), &cursor, der, &size)) {
        mbedtls_x509_crt made;
        mbedtls_x509_crt_init(&made);
        assert_int_equal(mbedtls_x509_crt_parse_der(&made, der, size), 0);
        if (span_equal(raw(&made.pk_raw), raw(&original->pk_raw))) {
            found = true;
            assert_true(span_equal(raw(&made.subject_raw), raw(&original->subject_raw)));
            assert_int_equal(mbedtls_x509_crt_get_ca_istrue(&made), 1);
            assert_int_equal(made.MBEDTLS_PRIVATE(max_pathlen),
                             original->MBEDTLS_PRIVATE(max_pathlen));
            /* It may end earlier (that day, or with 2049), never later. */
            assert_false(is_after(&made.valid_to, &original->valid_to));
            assert_true(made.valid_to.year == 2049 ||
                        memcmp(&made.valid_to, &original->valid_to,
                               offsetof(mbedtls_x509_time, hour)) == 0);
        }
        mbedtls_x509_crt_free(&made);
    }
    return found;
}

/* Lines of third_party/roots/distrusted that name one. */
static size_t count_distrusted(void) {
    char line[256];
    size_t count = 0;
    FILE *file = fopen("third_party/roots/distrusted", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        count += line[0] != '#' ? 1 : 0;
    }
    (void)fclose(file);
    return count;
}

static void test_each_root(void **state) {
    (void)state;
    size_t count = 0;
    size_t left_out = unreadable;
    for (const mbedtls_x509_crt *each = &originals; each != NULL; each = each->next) {
        if (is_among_candidates(each)) {
            count++;
        } else {
            left_out++;
        }
    }
    assert_int_equal(count, builtin_roots_count);
    assert_int_equal(left_out, count_distrusted());
}

static void test_unknown_names(void **state) {
    (void)state;
    unsigned char der[BUILTIN_CERTIFICATE];
    char name[600] = {0};
    size_t size = 0;
    size_t cursor = 0;
    assert_false(builtin_next(SPAN(""), &cursor, der, &size));
    assert_false(builtin_next((span){name, sizeof name}, &cursor, der, &size));
    /* One byte different from an existing name. */
    span subject = raw(&originals.subject_raw);
    memcpy(name, subject.data, subject.size);
    name[subject.size - 1] ^= 1;
    assert_false(builtin_next((span){name, subject.size}, &cursor, der, &size));
}

static void test_sorted(void **state) {
    (void)state;
    for (size_t i = 1; i < builtin_roots_count; i++) {
        assert_true(builtin_roots[i - 1].subject <= builtin_roots[i].subject);
    }
    assert_int_equal(strlen(builtin_roots_date), 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_root),
        cmocka_unit_test(test_unknown_names),
        cmocka_unit_test(test_sorted),
    };
    return cmocka_run_group_tests(tests, load_originals, free_originals);
}
