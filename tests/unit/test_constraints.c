/* Name constraints, from the bytes of the extension to the verdict on a certificate. */
#include "tls/constraints.h"

#include "support/guard.h"
#include "support/test.h"

#include <ctype.h>
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

/* "o=x,cn=y" as a Name; "O=x": a PrintableString. What is no attribute is left as it is. */
static void make_directory_name(struct name *name) {
    struct der sequence = {.size = 0};
    struct der all = {.size = 0};
    const char *at = name->data;
    const char *end = name->data + name->size;
    while (at < end && memchr(at, '=', (size_t)(end - at)) != NULL) {
        struct der attribute = {.size = 0};
        struct der pair = {.size = 0};
        struct der set = {.size = 0};
        const char *value = (const char *)memchr(at, '=', (size_t)(end - at)) + 1;
        const char *comma = memchr(value, ',', (size_t)(end - value));
        const char *stop = comma != NULL ? comma : end;
        append_element(&attribute, 0x06, tolower(*at) == 'o' ? "\x55\x04\x0a" : "\x55\x04\x03", 3);
        append_element(&attribute, islower(*at) ? 0x0c : 0x13, value, (size_t)(stop - value));
        append_element(&pair, 0x30, attribute.data, attribute.size);
        append_element(&set, 0x31, pair.data, pair.size);
        append(&sequence, set.data, set.size);
        at = comma != NULL ? comma + 1 : end;
    }
    if (at == end) {
        append_element(&all, 0x30, sequence.data, sequence.size);
        assert_true(all.size <= sizeof name->data);
        memcpy(name->data, all.data, all.size);
        name->size = all.size;
    }
}

/* "dns:a.example", "ip:7f000001", "mail:a@b", "directory:o=x", "uri:x", "id:x" (a registeredID),
 * with blanks between them: the next of *text. */
static bool next_name(const char **text, struct name *name) {
    static const struct {
        const char *kind;
        int tag;
    } kinds[] = {{"dns:", 0x82},       {"ip:", 0x87},  {"mail:", 0x81},
                 {"directory:", 0xa4}, {"uri:", 0x86}, {"id:", 0x88}};
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
        if (name->tag == 0xa4) {
            make_directory_name(name);
        }
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

/* A certificate with these names; it borrows from `storage`, whose last one is the subject. */
static mbedtls_x509_crt make_certificate(const char *names, const char *subject,
                                         struct name storage[NAMES_MAX],
                                         mbedtls_x509_sequence sequence[NAMES_MAX]) {
    mbedtls_x509_crt certificate;
    memset(&certificate, 0, sizeof certificate);
    memset(sequence, 0, NAMES_MAX * sizeof *sequence);
    if (next_name(&subject, &storage[NAMES_MAX - 1])) {
        certificate.subject_raw = (mbedtls_x509_buf){0x30, storage[NAMES_MAX - 1].size,
                                                     (unsigned char *)storage[NAMES_MAX - 1].data};
    }
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

#define KEPT true
#define BROKEN false

static const struct {
    const char *permitted;
    const char *excluded;
    const char *names; /* of the certificate */
    bool verdict;
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
    /* The name of a directory: the first attributes. */
    {"directory:o=x", NULL, "directory:o=x", KEPT},
    {"directory:o=x", NULL, "directory:O=X", KEPT},
    {"directory:o=x", NULL, "directory:o=x,cn=y", KEPT},
    {"directory:o=x,cn=y", NULL, "directory:o=x", BROKEN},
    {"directory:o=x", NULL, "directory:o=y", BROKEN},
    {"directory:o=x", NULL, "directory:cn=x", BROKEN},
    {"directory:o=x", NULL, "directory:cn=x,o=x", BROKEN},
    {"directory:o=x", NULL, "directory:o=xy", BROKEN},
    {"directory:", NULL, "directory:o=x", KEPT},
    {"directory:o=x", NULL, "directory:", BROKEN},
    {NULL, "directory:o=x", "directory:o=x,cn=y", BROKEN},
    {NULL, "directory:o=x", "directory:o=y", KEPT},
    {"directory:o=x", NULL, "dns:a.example", KEPT},
    /* Kinds that cannot be checked. */
    {"mail:a@b", NULL, "mail:a@b", BROKEN},
    {NULL, "mail:a@b", "mail:c@d", BROKEN},
    {NULL, "uri:x", "mail:c@d", KEPT},
    {"mail:a@b", NULL, "dns:a.example", KEPT},
    {"dns:example mail:a@b", NULL, "dns:a.example mail:a@b", BROKEN},
    {"uri:x", NULL, "uri:x", BROKEN},
    {NULL, "uri:x", "uri:y", BROKEN},
    {"uri:x", NULL, "dns:a.example", KEPT},
    {"id:x", NULL, "dns:a.example", KEPT},
    {"id:x", NULL, "id:x", BROKEN},
    {NULL, "id:x", "id:y", BROKEN},
    {"dns:example", NULL, "id:x", KEPT},
};

static bool check(const struct der *value, const char *names, const char *subject, bool at_start) {
    struct name storage[NAMES_MAX];
    mbedtls_x509_sequence sequence[NAMES_MAX];
    const mbedtls_x509_crt certificate = make_certificate(names, subject, storage, sequence);
    span text = {value->data, value->size};
    char *copy = at_start ? guard_copy_after(text) : guard_copy(text);
    bool verdict = constraints_allow((span){copy, text.size}, &certificate);
    guard_free(copy, text.size);
    return verdict;
}

static void test_verdicts(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct der value = make_constraints(cases[i].permitted, cases[i].excluded);
        for (int at_start = 0; at_start < 2; at_start++) {
            bool verdict = check(&value, cases[i].names, "", at_start);
            if (verdict != cases[i].verdict) {
                fail_msg("case %zu, %s: %d", i, cases[i].names, (int)verdict);
            }
        }
    }
}

/* The subject is a directoryName like any other, if there is one: an empty one has two bytes. */
static void test_subject(void **state) {
    (void)state;
    const struct der permitted = make_constraints("directory:o=x", NULL);
    const struct der excluded = make_constraints(NULL, "directory:o=x");
    const struct der dns = make_constraints("dns:example", NULL);
    static const struct {
        const char *subject;
        bool is_permitted;
        bool is_excluded;
    } subjects[] = {
        {"", true, false},
        {"directory:", true, false},
        {"directory:o=x", true, true},
        {"directory:o=x,cn=y", true, true},
        {"directory:o=y", false, false},
        {"directory:not", false, false}, /* not a Name: Mbed TLS refuses it */
    };
    for (size_t i = 0; i < COUNT(subjects); i++) {
        const char *subject = subjects[i].subject;
        assert_int_equal(check(&permitted, "", subject, false), subjects[i].is_permitted);
        assert_int_equal(check(&excluded, "", subject, false), !subjects[i].is_excluded);
        assert_int_equal(check(&dns, "", subject, false), KEPT);
        assert_int_equal(check(&dns, "dns:other", subject, false), BROKEN);
        assert_int_equal(check(&dns, "dns:a.example", subject, false), KEPT);
        assert_int_equal(check(&permitted, "directory:o=y", subject, false), BROKEN);
    }
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
    const bool verdict = check(&der, "uri:x", "", false);
    if (result != expected || verdict != is_accepted) {
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
        /* With a minimum: 0 is the default; with a maximum. */
        {{"\x30\x0a\xa0\x08\x30\x06\x82\x01x\x80\x01\x00", 12}, true},
        {{"\x30\x0a\xa0\x08\x30\x06\x82\x01x\x80\x01\x01", 12}, false},
        {{"\x30\x0a\xa0\x08\x30\x06\x82\x01x\x81\x01\x00", 12}, false},
        {{"\x30\x0d\xa0\x0b\x30\x09\x82\x01x\x80\x01\x00\x81\x01\x00", 15}, false},
        /* A name of no class, of another class, and of a kind that is none. */
        {{"\x30\x07\xa0\x05\x30\x03\x02\x01x", 9}, false},
        {{"\x30\x07\xa0\x05\x30\x03\x42\x01x", 9}, false},
        {{"\x30\x07\xa0\x05\x30\x03\xc2\x01x", 9}, false},
        {{"\x30\x07\xa0\x05\x30\x03\x30\x01x", 9}, false},
        {{"\x30\x07\xa0\x05\x30\x03\x88\x01x", 9}, true},
        {{"\x30\x07\xa0\x05\x30\x03\x89\x01x", 9}, false},
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

/* The ones of a mask come first. */
static void test_masks(void **state) {
    (void)state;
    static const struct {
        const char *network;
        bool is_accepted;
    } masks[] = {
        {"ip:0102030400000000", true},  {"ip:01020304ffffffff", true},
        {"ip:01020304ff000000", true},  {"ip:01020304fe000000", true},
        {"ip:0102030480000000", true},  {"ip:01020304ffc00000", true},
        {"ip:01020304fffffffe", true},  {"ip:0102030440000000", false},
        {"ip:01020304ff00ff00", false}, {"ip:01020304ffffff01", false},
        {"ip:01020304fd000000", false}, {"ip:01020304f0800000", false},
        {"ip:0102030400ffffff", false}, {"ip:0102030400000001", false},
    };
    for (size_t i = 0; i < COUNT(masks); i++) {
        const struct der value = make_constraints(masks[i].network, NULL);
        assert_accepted((span){value.data, value.size}, masks[i].is_accepted);
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
        cmocka_unit_test(test_verdicts),    cmocka_unit_test(test_subject),
        cmocka_unit_test(test_well_formed), cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_masks),       cmocka_unit_test(test_of_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
