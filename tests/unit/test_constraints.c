/* Name constraints, from the bytes of the extension to the verdict on a certificate. */
#include "tls/constraints.h"

#include "support/guard.h"
#include "support/test.h"

#include <stdlib.h>

#define OID "\x55\x1d\x1e"

/* ---- DER ------------------------------------------------------------------------------------- */

struct der {
    char data[1024];
    size_t size;
};

static void append(struct der *der, const char *bytes, size_t size) {
    assert_true(size <= sizeof der->data - der->size);
    memcpy(der->data + der->size, bytes, size);
    der->size += size;
}

/* An element of up to 255 bytes. */
static void append_element(struct der *der, int tag, const char *content, size_t size) {
    const char head[] = {(char)tag, size < 128 ? (char)size : (char)0x81, (char)size};
    assert_true(size < 256);
    append(der, head, size < 128 ? 2 : 3);
    append(der, content, size);
}

/* ---- names as text --------------------------------------------------------------------------- */

struct name {
    int tag; /* of a GeneralName (RFC 5280 4.2.1.6) */
    char data[64];
    size_t size;
};

/* "dns:a.example", "ip:7f000001", "mail:a@b", "directory:x", "uri:x", with blanks between them: the
 * next of *text. */
static bool next_name(const char **text, struct name *name) {
    static const struct {
        const char *kind;
        int tag;
    } kinds[] = {
        {"dns:", 0x82}, {"ip:", 0x87}, {"mail:", 0x81}, {"directory:", 0xa4}, {"uri:", 0x86}};
    *text += strspn(*text, " ");
    for (size_t i = 0; i < COUNT(kinds); i++) {
        size_t start = strlen(kinds[i].kind);
        if (strncmp(*text, kinds[i].kind, start) != 0) {
            continue;
        }
        const char *value = *text + start;
        *text = value + strcspn(value, " ");
        *name = (struct name){.tag = kinds[i].tag, .size = (size_t)(*text - value)};
        memcpy(name->data, value, name->size);
        if (name->tag == 0x87) {
            name->size /= 2;
            for (size_t byte = 0; byte < name->size; byte++) {
                const char digits[] = {value[2 * byte], value[2 * byte + 1], '\0'};
                name->data[byte] = (char)strtoul(digits, NULL, 16);
            }
        }
        return true;
    }
    assert_int_equal(**text, '\0');
    return false;
}

/* GeneralSubtrees; nothing if `names` is NULL. */
static void append_subtrees(struct der *value, int tag, const char *names) {
    struct der list = {.size = 0};
    struct name name;
    while (names != NULL && next_name(&names, &name)) {
        struct der base = {.size = 0};
        append_element(&base, name.tag, name.data, name.size);
        append_element(&list, 0x30, base.data, base.size);
    }
    if (names != NULL) {
        append_element(value, tag, list.data, list.size);
    }
}

static struct der make_constraints(const char *permitted, const char *excluded) {
    struct der lists = {.size = 0};
    struct der value = {.size = 0};
    append_subtrees(&lists, 0xa0, permitted);
    append_subtrees(&lists, 0xa1, excluded);
    append_element(&value, 0x30, lists.data, lists.size);
    return value;
}

#define NAMES_MAX 4

/* A certificate with these names; it borrows from `storage`. */
static mbedtls_x509_crt make_certificate(const char *names, size_t subject_size,
                                         struct name storage[NAMES_MAX],
                                         mbedtls_x509_sequence sequence[NAMES_MAX]) {
    mbedtls_x509_crt certificate;
    memset(&certificate, 0, sizeof certificate);
    memset(sequence, 0, NAMES_MAX * sizeof *sequence);
    certificate.subject_raw.len = subject_size;
    size_t count = 0;
    while (next_name(&names, &storage[count])) {
        sequence[count].buf = (mbedtls_x509_buf){storage[count].tag, storage[count].size,
                                                 (unsigned char *)storage[count].data};
        if (count > 0) {
            sequence[count - 1].next = &sequence[count];
        }
        count++;
        assert_true(count < NAMES_MAX);
    }
    certificate.subject_alt_names = sequence[0];
    return certificate;
}

/* ---- the verdict ----------------------------------------------------------------------------- */

#define KEPT CONSTRAINTS_KEPT
#define BROKEN CONSTRAINTS_VIOLATED
#define UNKNOWN CONSTRAINTS_UNKNOWN

static const struct {
    const char *permitted;
    const char *excluded;
    const char *names; /* of the certificate */
    enum constraints_verdict verdict;
} cases[] = {
    {"dns:example", NULL, "dns:a.example", KEPT},
    {"dns:example", NULL, "dns:example", KEPT},
    {"dns:example", NULL, "dns:other", BROKEN},
    {"dns:example", NULL, "dns:a.example dns:other", BROKEN},
    {"dns:example", NULL, "dns:other dns:a.example", BROKEN},
    {"dns:example", NULL, "dns:a.example dns:b.example", KEPT},
    {"dns:example", NULL, "", KEPT},
    {"dns:other dns:example", NULL, "dns:a.example", KEPT},
    {"dns:example dns:other", NULL, "dns:a.example", KEPT},
    {"dns:example dns:other", NULL, "dns:a.third", BROKEN},
    {"dns:", NULL, "dns:a.example", KEPT},
    {NULL, "dns:example", "dns:a.example", BROKEN},
    {NULL, "dns:example", "dns:other", KEPT},
    {NULL, "dns:other dns:example", "dns:a.example", BROKEN},
    {NULL, "dns:example dns:other", "dns:a.example", BROKEN},
    {NULL, "dns:", "dns:a.example", BROKEN},
    {"dns:example", "dns:b.example", "dns:a.example", KEPT},
    {"dns:example", "dns:b.example", "dns:b.example", BROKEN},
    {"dns:example", "dns:b.example", "dns:c.b.example", BROKEN},
    {"dns:example", "dns:other", "dns:third", BROKEN},
    /* A wildcard is permitted when all of its names are, and excluded when one of them is. */
    {"dns:example", NULL, "dns:*.example", KEPT},
    {"dns:a.example", NULL, "dns:*.example", BROKEN},
    {NULL, "dns:b.a.example", "dns:*.a.example", BROKEN},
    {"dns:b.a.example", NULL, "dns:*.a.example", BROKEN},
    {"dns:a.example", NULL, "dns:*.a.example", KEPT},
    {NULL, "dns:c.b.a.example", "dns:*.a.example", KEPT},
    /* Addresses: the network and its mask. */
    {"ip:7f000000ff000000", NULL, "ip:7f010203", KEPT},
    {"ip:7f000000ff000000", NULL, "ip:80010203", BROKEN},
    {"ip:7f020000ffff0000", NULL, "ip:7f010203", BROKEN},
    {"ip:7f020000ffff0000", NULL, "ip:7f020203", KEPT},
    {NULL, "ip:7f000000ff000000", "ip:7f010203", BROKEN},
    {NULL, "ip:7f000000ff000000", "ip:80010203", KEPT},
    {"ip:20010db8000000000000000000000000ffffffff000000000000000000000000", NULL,
     "ip:20010db8000000000000000000000001", KEPT},
    {"ip:20010db8000000000000000000000000ffffffff000000000000000000000000", NULL,
     "ip:20010db9000000000000000000000001", BROKEN},
    {"ip:20010db8000000000000000000000000ffffffff000000000000000000000000", NULL, "ip:7f000001",
     BROKEN},
    /* Constraints of one kind say nothing about names of another one. */
    {"dns:example", NULL, "ip:7f000001", KEPT},
    {"ip:7f000000ff000000", NULL, "dns:a.example", KEPT},
    {NULL, "dns:", "ip:7f000001", KEPT},
    {"dns:example", NULL, "uri:x dns:a.example", KEPT},
    {"dns:example ip:7f000000ff000000", NULL, "dns:a.example ip:7f000001", KEPT},
    {"dns:example ip:7f000000ff000000", NULL, "dns:a.example ip:80000001", BROKEN},
    {"dns:example ip:7f000000ff000000", NULL, "dns:a.other ip:7f000001", BROKEN},
    /* Kinds that cannot be checked. */
    {"mail:a@b", NULL, "dns:a.example", KEPT},
    {"mail:a@b", NULL, "mail:a@b", UNKNOWN},
    {"mail:a@b", NULL, "mail:c@d", UNKNOWN},
    {NULL, "mail:a@b", "mail:c@d", UNKNOWN},
    {NULL, "uri:x", "mail:c@d", KEPT},
    {"dns:example mail:a@b", NULL, "dns:a.example mail:c@d", UNKNOWN},
    {"dns:example mail:a@b", NULL, "dns:a.other mail:c@d", BROKEN},
    {"dns:example mail:a@b", NULL, "mail:c@d dns:a.other", UNKNOWN},
    {"directory:x", NULL, "directory:x", UNKNOWN},
    {"directory:x", NULL, "dns:a.example", KEPT},
};

static enum constraints_verdict check(const struct der *value, const char *names,
                                      size_t subject_size, bool at_start) {
    struct name storage[NAMES_MAX];
    mbedtls_x509_sequence sequence[NAMES_MAX];
    const mbedtls_x509_crt certificate = make_certificate(names, subject_size, storage, sequence);
    span text = {value->data, value->size};
    char *copy = at_start ? guard_copy_after(text) : guard_copy(text);
    enum constraints_verdict verdict = constraints_check((span){copy, text.size}, &certificate);
    guard_free(copy, text.size);
    return verdict;
}

static void test_verdicts(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct der value = make_constraints(cases[i].permitted, cases[i].excluded);
        for (int at_start = 0; at_start < 2; at_start++) {
            enum constraints_verdict verdict = check(&value, cases[i].names, 2, at_start);
            if (verdict != cases[i].verdict) {
                fail_msg("case %zu, %s: %d", i, cases[i].names, (int)verdict);
            }
        }
    }
}

/* The subject is a directoryName like any other, if there is one: an empty one has two bytes. */
static void test_subject(void **state) {
    (void)state;
    const struct der directory = make_constraints("directory:x", NULL);
    const struct der excluded = make_constraints(NULL, "directory:x");
    const struct der dns = make_constraints("dns:example", NULL);
    for (size_t size = 0; size < 5; size++) {
        const enum constraints_verdict expected = size > 2 ? UNKNOWN : KEPT;
        assert_int_equal(check(&directory, "", size, false), expected);
        assert_int_equal(check(&excluded, "", size, false), expected);
        assert_int_equal(check(&dns, "", size, false), KEPT);
        assert_int_equal(check(&dns, "dns:other", size, false), BROKEN);
        assert_int_equal(check(&dns, "dns:a.example", size, false), KEPT);
    }
    assert_int_equal(check(&directory, "dns:other", 3, false), UNKNOWN);
}

/* ---- the extension --------------------------------------------------------------------------- */

static int accept_bytes(span value, span oid) {
    const mbedtls_x509_buf type = {MBEDTLS_ASN1_OID, oid.size, (unsigned char *)oid.data};
    char *at_end = guard_copy(value);
    char *at_start = guard_copy_after(value);
    int results[2];
    for (int i = 0; i < 2; i++) {
        const unsigned char *start = (const unsigned char *)(i == 0 ? at_end : at_start);
        results[i] = constraints_accept(NULL, NULL, &type, i, start, start + value.size);
    }
    guard_free(at_end, value.size);
    guard_free(at_start, value.size);
    assert_int_equal(results[0], results[1]);
    return results[0];
}

/* What is refused when a certificate is parsed is refused when it is checked. */
static void assert_accepted(span value, bool is_accepted) {
    struct der der = {.size = 0};
    append(&der, value.data, value.size);
    const int expected = is_accepted ? 0 : MBEDTLS_ERR_X509_INVALID_EXTENSIONS;
    const int result = accept_bytes(value, SPAN(OID));
    const enum constraints_verdict verdict = check(&der, "uri:x", 0, false);
    if (result != expected || verdict != (is_accepted ? KEPT : UNKNOWN)) {
        fail_msg("%zu bytes, the last of them %02x: %d", value.size,
                 value.size > 0 ? (unsigned char)value.data[value.size - 1] : 0u, result);
    }
}

static void test_well_formed(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct der value = make_constraints(cases[i].permitted, cases[i].excluded);
        assert_int_equal(accept_bytes((span){value.data, value.size}, SPAN(OID)), 0);
        /* Nothing may be missing of it, nor follow it. */
        for (size_t size = 0; size < value.size; size++) {
            assert_accepted((span){value.data, size}, false);
        }
        struct der longer = value;
        append(&longer, "", 1);
        assert_accepted((span){longer.data, longer.size}, false);
        /* Another extension is Mbed TLS's affair. */
        assert_int_equal(accept_bytes((span){value.data, value.size}, SPAN("\x55\x1d\x1f")),
                         MBEDTLS_ERR_X509_INVALID_EXTENSIONS);
        assert_int_equal(accept_bytes((span){value.data, value.size}, SPAN("\x55\x1d")),
                         MBEDTLS_ERR_X509_INVALID_EXTENSIONS);
    }
}

static void test_malformed(void **state) {
    (void)state;
    static const struct {
        span value;
        bool is_accepted;
    } values[] = {
        {{"\x30\x07\xa0\x05\x30\x03\x82\x01x", 9}, true},
        {{"\x30\x07\xa1\x05\x30\x03\x82\x01x", 9}, true},
        {{"\x30\x00", 2}, false},                                   /* no list */
        {{"\x31\x07\xa0\x05\x30\x03\x82\x01x", 9}, false},          /* a SET */
        {{"\x30\x07\xa2\x05\x30\x03\x82\x01x", 9}, false},          /* a third list */
        {{"\x30\x07\x30\x05\x30\x03\x82\x01x", 9}, false},          /* without its class */
        {{"\x30\x02\xa0\x00", 4}, false},                           /* no subtree */
        {{"\x30\x09\xa0\x05\x30\x03\x82\x01x\xa1\x00", 11}, false}, /* none in the second */
        {{"\x30\x07\xa0\x05\x31\x03\x82\x01x", 9}, false},          /* a subtree that is a SET */
        {{"\x30\x04\xa0\x02\x30\x00", 6}, false},                   /* a subtree with no name */
        {{"\x30\x0a\xa0\x08\x30\x06\x82\x01x\x80\x01\x00", 12}, false}, /* with a minimum */
        {{"\x30\x07\xa0\x05\x30\x03\x82\x02x", 9}, false}, /* a name longer than its subtree */
        {{"\x30\x0c\xa0\x0a\x30\x03\x82\x01x\x30\x03\x82\x01y", 14}, true},
        {{"\x30\x0c\xa0\x0a\x30\x03\x82\x01x\x31\x03\x82\x01y", 14}, false},
        {{"\x30\x0e\xa0\x05\x30\x03\x82\x01x\xa1\x05\x30\x03\x82\x01y", 16}, true},
        /* A byte after the last subtree, and after the last list. */
        {{"\x30\x08\xa0\x06\x30\x03\x82\x01x\x30", 10}, false},
        {{"\x30\x08\xa0\x05\x30\x03\x82\x01x\xa1", 10}, false},
        /* An address of no size, before and after a name that is well-formed. */
        {{"\x30\x0c\xa0\x0a\x30\x03\x87\x01x\x30\x03\x82\x01y", 14}, false},
        {{"\x30\x0c\xa0\x0a\x30\x03\x82\x01y\x30\x03\x87\x01x", 14}, false},
    };
    for (size_t i = 0; i < COUNT(values); i++) {
        assert_accepted(values[i].value, values[i].is_accepted);
    }
    /* An address and its mask, of IPv4 or IPv6: of no other size, in whichever list. */
    for (size_t size = 0; size <= 40; size++) {
        for (int tag = 0xa0; tag <= 0xa1; tag++) {
            const char zeros[40] = "";
            struct der base = {.size = 0};
            struct der subtree = {.size = 0};
            struct der list = {.size = 0};
            struct der value = {.size = 0};
            append_element(&base, 0x87, zeros, size);
            append_element(&subtree, 0x30, base.data, base.size);
            append_element(&list, tag, subtree.data, subtree.size);
            append_element(&value, 0x30, list.data, list.size);
            assert_accepted((span){value.data, value.size}, size == 8 || size == 32);
        }
    }
}

static void append_extension(struct der *extensions, span oid, bool is_critical, span value) {
    struct der extension = {.size = 0};
    append_element(&extension, 0x06, oid.data, oid.size);
    if (is_critical) {
        append(&extension, "\x01\x01\xff", 3);
    }
    append_element(&extension, 0x04, value.data, value.size);
    append_element(extensions, 0x30, extension.data, extension.size);
}

static span find(const struct der *extensions) {
    static struct der list;
    mbedtls_x509_crt certificate;
    memset(&certificate, 0, sizeof certificate);
    list.size = 0;
    append_element(&list, 0x30, extensions->data, extensions->size);
    certificate.v3_ext = (mbedtls_x509_buf){0x30, list.size, (unsigned char *)list.data};
    return constraints_of(&certificate);
}

static void test_of_certificate(void **state) {
    (void)state;
    for (int critical = 0; critical < 2; critical++) {
        struct der extensions = {.size = 0};
        assert_int_equal(find(&extensions).size, 0);
        append_extension(&extensions, SPAN("\x55\x1d\x13"), !critical, SPAN("other"));
        assert_int_equal(find(&extensions).size, 0);
        append_extension(&extensions, SPAN("\x55\x1d"), critical, SPAN("shorter"));
        assert_int_equal(find(&extensions).size, 0);
        append_extension(&extensions, SPAN(OID), critical, SPAN("this"));
        append_extension(&extensions, SPAN("\x55\x1d\x25"), critical, SPAN("behind"));
        assert_span(find(&extensions), "this");
    }
    /* The first string is the value, whatever follows it; without one the certificate is refused.
     */
    struct der extensions = {.size = 0};
    append_element(&extensions, 0x30, "\x06\x03" OID "\x04\x01y\x04\x01z", 11);
    assert_span(find(&extensions), "y");
    extensions.size = 0;
    append_element(&extensions, 0x30, "\x06\x03" OID "\x01\x01\xff", 8);
    assert_int_not_equal(find(&extensions).size, 0);
    extensions.size = 0;
    append_element(&extensions, 0x30, "\x06\x03" OID, 5);
    assert_int_equal(find(&extensions).size, 0);
    /* An extension that does not start with its type is passed over. */
    extensions.size = 0;
    append_element(&extensions, 0x30, "\x04\x03" OID, 5);
    append_extension(&extensions, SPAN(OID), true, SPAN("this"));
    assert_span(find(&extensions), "this");
    mbedtls_x509_crt certificate;
    memset(&certificate, 0, sizeof certificate);
    assert_int_equal(constraints_of(&certificate).size, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),       cmocka_unit_test(test_subject),
        cmocka_unit_test(test_well_formed),    cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_of_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
