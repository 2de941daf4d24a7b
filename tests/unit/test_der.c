/* DER, element by element. */
#include "crypto/der.h"

#include "support/guard.h"
#include "support/test.h"

static const struct {
    span bytes;
    bool good;
    int tag;
    size_t content; /* where it begins */
    size_t size;
} cases[] = {
    {{"", 0}, false, 0, 0, 0},
    {{"\x05\x00", 2}, true, 0x05, 2, 0},
    {{"\x04\x02xy", 4}, true, 0x04, 2, 2},
    {{"\x04\x02xyz", 5}, true, 0x04, 2, 2},
    {{"\x30\x81\x02xy", 5}, true, 0x30, 3, 2},
    {{"\xa1\x82\x00\x02xy", 6}, true, 0xa1, 4, 2},
    {{"\x04", 1}, false, 0, 0, 0},
    {{"\x04\x03xy", 4}, false, 0, 0, 0},
    {{"\x04\x80xy", 4}, false, 0, 0, 0}, /* of no stated length: BER only */
    {{"\x04\x81", 2}, false, 0, 0, 0},
    {{"\x04\x84\xff\xff\xff\xff", 6}, false, 0, 0, 0},
    {{"\x04\x85\x00\x00\x00\x00\x02xy", 9}, false, 0, 0, 0},
};

static void test_elements(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *copy = guard_copy(cases[i].bytes);
        span list = {copy, cases[i].bytes.size};
        span content = {NULL, 0};
        int tag = 0;
        assert_int_equal(der_take(&list, &tag, &content), cases[i].good);
        if (cases[i].good) {
            assert_int_equal(tag, cases[i].tag);
            assert_ptr_equal(content.data, copy + cases[i].content);
            assert_int_equal(content.size, cases[i].size);
            assert_ptr_equal(list.data, content.data + content.size);
            assert_int_equal(list.size, cases[i].bytes.size - cases[i].content - cases[i].size);
        } else {
            assert_ptr_equal(list.data, copy);
            assert_int_equal(list.size, cases[i].bytes.size);
        }
        guard_free(copy, cases[i].bytes.size);
    }
}

static void test_tag(void **state) {
    (void)state;
    const span bytes = SPAN("\x04\x02xy");
    span list = bytes;
    span content;
    assert_true(der_take_tag(&list, MBEDTLS_ASN1_OCTET_STRING, &content));
    assert_span(content, "xy");
    assert_false(der_take_tag(&list, MBEDTLS_ASN1_OCTET_STRING, &content));
    list = bytes;
    assert_false(der_take_tag(&list, MBEDTLS_ASN1_INTEGER, &content));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements),
        cmocka_unit_test(test_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
