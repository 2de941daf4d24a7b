/* OCSP responses, from their bytes to what they say of a certificate. */
#include "crypto/ocsp.h"

#include "support/guard.h"
#include "support/test.h"

#include <stdlib.h>

/* ---- DER as text ----------------------------------------------------------------------------- */

/* "30( 02:05 18'20261129065000Z !00 )": tags in hexadecimal, each with elements, hexadecimal, or
 * text up to the next blank; a byte that is no element. */
struct der {
    char data[1024];
    size_t size;
};

static void append_byte(struct der *der, unsigned byte) {
    assert_true(der->size < sizeof der->data);
    der->data[der->size++] = (char)byte;
}

static unsigned hex_byte(const char *text) {
    const char digits[] = {text[0], text[1], '\0'};
    return (unsigned)strtoul(digits, NULL, 16);
}

/* Puts the length in front of what was appended since `start`. */
static void finish_element(struct der *der, size_t start) {
    size_t size = der->size - start;
    size_t head = size < 128 ? 1 : 3;
    assert_true(head <= sizeof der->data - der->size);
    memmove(der->data + start + head, der->data + start, size);
    der->data[start] = (char)(head == 1 ? size : 0x82);
    if (head == 3) {
        der->data[start + 1] = (char)(size >> 8);
        der->data[start + 2] = (char)size;
    }
    der->size += head;
}

static void append_content(struct der *der, const char *text, size_t size, bool is_hex) {
    size_t start = der->size;
    for (size_t i = 0; i < size; i += is_hex ? 2 : 1) {
        append_byte(der, is_hex ? hex_byte(text + i) : (unsigned char)text[i]);
    }
    finish_element(der, start);
}

static struct der make(const char *text) {
    struct der der = {.size = 0};
    size_t starts[16];
    size_t depth = 0;
    for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
        size_t size = strcspn(text, " ");
        if (*text == ')') {
            finish_element(&der, starts[--depth]);
        } else if (*text == '!') {
            append_byte(&der, hex_byte(text + 1));
        } else {
            append_byte(&der, hex_byte(text));
            if (text[2] == '(') {
                starts[depth++] = der.size;
            } else {
                append_content(&der, text + 3, size - 3, text[2] == ':');
            }
        }
        text += size;
    }
    assert_int_equal(depth, 0);
    return der;
}

/* ---- responses ------------------------------------------------------------------------------- */

#define THIS "18'20261128000000Z "
#define NEXT "a0( 18'20261205235959Z ) "
#define GOOD "80: "
#define REVOKED "a1( 18'20261101123456Z a0( 0a:01 ) ) "
#define UNKNOWN "82: "
#define ID(serial) "30( 30( 06:2b0e03021a 05: ) 04:aabb 04:ccdd 02:" serial " ) "
#define SINGLE(members) "30( " members ") "
#define MEMBERS(serial, status) ID(serial) status THIS NEXT
#define DATA(singles, rest) "30( a2( 04:0102 ) 18'20261128000001Z 30( " singles ") " rest ") "
#define SIGNATURE "30( 06:2a8648ce3d040302 ) 03:00deadbeef "
#define BODY(basic, rest) "30( 06:2b0601050507300101 04( " basic ") " rest ") "
#define RESPONSE(body) "30( 0a:00 a0( " body ") ) "
#define BASIC(data, rest) RESPONSE(BODY("30( " data SIGNATURE rest ") ", ""))
#define ONE(members) BASIC(DATA(SINGLE(members), ""), "")
#define EXTENSIONS(critical) "a1( 30( 30( 06:2a03 " critical "04:05 ) ) ) "
#define CRITICAL "01:ff "
#define CERTIFICATE "30( 02:01 ) "

#define SERIAL "\x12\x34"
#define MALFORMED "it is malformed"
#define CRITICAL_FAULT "it has a critical extension, or one that cannot be read"
#define THIS_SECONDS 1795824000
#define REVOKED_SECONDS 1793536496

static const struct {
    const char *name;
    const char *response;
    enum ocsp_status status;
} read_cases[] = {
    {"good", ONE(MEMBERS("1234", GOOD)), OCSP_GOOD},
    {"revoked", ONE(MEMBERS("1234", REVOKED)), OCSP_REVOKED},
    {"unknown", ONE(MEMBERS("1234", UNKNOWN)), OCSP_UNKNOWN},
    {"a status of the future", ONE(MEMBERS("1234", "83: ")), OCSP_UNKNOWN},
    {"a version",
     BASIC(
         "30( a0( 02:00 ) a1( 30( ) ) 18'20261128000001Z 30( " SINGLE(MEMBERS("1234", GOOD)) ") ) ",
         ""),
     OCSP_GOOD},
    {"the second of two",
     BASIC(DATA(SINGLE(MEMBERS("1235", REVOKED)) SINGLE(MEMBERS("1234", GOOD)), ""), ""),
     OCSP_GOOD},
    {"the first of two about it",
     BASIC(DATA(SINGLE(MEMBERS("1234", REVOKED)) SINGLE(MEMBERS("1234", GOOD)), ""), ""),
     OCSP_REVOKED},
    {"extensions", BASIC(DATA(SINGLE(MEMBERS("1234", GOOD) EXTENSIONS("")), EXTENSIONS("")), ""),
     OCSP_GOOD},
};

static const struct {
    const char *name;
    const char *response;
    const char *fault;
} refused_cases[] = {
    {"another serial number", ONE(MEMBERS("1235", GOOD)), "it is about another certificate"},
    {"a longer serial number", ONE(MEMBERS("001234", GOOD)), "it is about another certificate"},
    {"about none", BASIC(DATA("", ""), ""), "it is about another certificate"},
    {"try later", "30( 0a:03 ) ", "it is an error of the CA's OCSP responder"},
    {"two bytes of status", "30( 0a:0000 ) ", "it is an error of the CA's OCSP responder"},
    {"critical", BASIC(DATA(SINGLE(MEMBERS("1234", GOOD)), EXTENSIONS(CRITICAL)), ""),
     CRITICAL_FAULT},
    {"critical, for this one", ONE(MEMBERS("1234", GOOD) EXTENSIONS(CRITICAL)), CRITICAL_FAULT},
    {"no list of extensions", ONE(MEMBERS("1234", GOOD) "a1( 31( ) ) "), CRITICAL_FAULT},
    {"no extension", ONE(MEMBERS("1234", GOOD) "a1( 30( 31( ) ) ) "), CRITICAL_FAULT},
    {"an extension without OID", ONE(MEMBERS("1234", GOOD) "a1( 30( 30( 04:05 ) ) ) "),
     CRITICAL_FAULT},
    {"an extension of only an OID", ONE(MEMBERS("1234", GOOD) "a1( 30( 30( 06:2a ) ) ) "),
     CRITICAL_FAULT},

    {"nothing", "", MALFORMED},
    {"no sequence", "31( ) ", MALFORMED},
    {"no status", "30( a0( ) ) ", MALFORMED},
    {"bytes after it", ONE(MEMBERS("1234", GOOD)) "05: ", MALFORMED},
    {"only a status", "30( 0a:00 ) ", MALFORMED},
    {"bytes after its bytes", "30( 0a:00 a0( ) 05: ) ", MALFORMED},
    {"no type", RESPONSE("30( 04: ) "), MALFORMED},
    {"empty bytes", RESPONSE(""), MALFORMED},
    {"another type", RESPONSE("30( 06:2b0601050507300102 04( 30( ) ) ) "), MALFORMED},
    {"nothing of its type", RESPONSE("30( 06:2b0601050507300101 ) "), MALFORMED},
    {"bytes after the type's", RESPONSE(BODY("30( ) ", "05: ")), MALFORMED},
    {"no basic response", RESPONSE(BODY("31( ) ", "")), MALFORMED},
    {"an empty basic response", RESPONSE(BODY("30( ) ", "")), MALFORMED},
    {"no algorithm", RESPONSE(BODY("30( 30( ) ) ", "")), MALFORMED},
    {"an empty algorithm", RESPONSE(BODY("30( 30( ) 30( ) ) ", "")), MALFORMED},
    {"no signature", RESPONSE(BODY("30( 30( ) 30( 06:2a ) ) ", "")), MALFORMED},
    {"an empty signature", RESPONSE(BODY("30( 30( ) 30( 06:2a ) 03: ) ", "")), MALFORMED},
    {"a signature of odd bits", RESPONSE(BODY("30( 30( ) 30( 06:2a ) 03:01fe ) ", "")), MALFORMED},
    {"bytes after the signature", BASIC(DATA(SINGLE(MEMBERS("1234", GOOD)), ""), "05: "),
     MALFORMED},
    {"no list of certificates", BASIC(DATA(SINGLE(MEMBERS("1234", GOOD)), ""), "a0( 31( ) ) "),
     MALFORMED},
    {"no certificate in it", BASIC(DATA(SINGLE(MEMBERS("1234", GOOD)), ""), "a0( 30( 02:01 ) ) "),
     MALFORMED},

    {"a version that is cut", BASIC("30:a005 ", ""), MALFORMED},
    {"extensions that are cut", BASIC("30:a10018003000a105 ", ""), MALFORMED},
    {"no responder", BASIC("30( ) ", ""), MALFORMED},
    {"no time of production", BASIC("30( a2( ) 17'261128000001Z 30( ) ) ", ""), MALFORMED},
    {"no list", BASIC("30( a2( ) 18: 31( ) ) ", ""), MALFORMED},
    {"bytes after the list", BASIC(DATA("", "05: "), ""), MALFORMED},
    {"nothing about one", BASIC(DATA("05: ", ""), ""), MALFORMED},
    {"no certificate's ID", ONE("31( ) "), MALFORMED},
    {"no hash", ONE("30( ) "), MALFORMED},
    {"no name", ONE("30( 30( ) ) "), MALFORMED},
    {"no key", ONE("30( 30( ) 04: ) "), MALFORMED},
    {"no serial number", ONE("30( 30( ) 04: 04: ) "), MALFORMED},
    {"bytes after the serial number", ONE("30( 30( ) 04: 04: 02:1234 05: ) " GOOD THIS NEXT),
     MALFORMED},
    {"no status of it", ONE(ID("1234")), MALFORMED},
    {"no time of revocation", ONE(MEMBERS("1234", "a1( ) ")), MALFORMED},
    {"no start", ONE(ID("1234") GOOD), MALFORMED},
    {"nothing in the end", ONE(ID("1234") GOOD THIS "a0( 05: ) "), MALFORMED},
    {"bytes after the end", ONE(ID("1234") GOOD THIS "a0( 18'20261205235959Z 05: ) "), MALFORMED},
    {"bytes after it all", ONE(MEMBERS("1234", GOOD) "05: "), MALFORMED},
    {"a byte after an extension's value",
     ONE(MEMBERS("1234", GOOD) "a1( 30( 30( 06:2a 04:05 !00 ) ) ) "), CRITICAL_FAULT},
    {"a byte after the end", ONE(ID("1234") GOOD THIS "a0( 18'20261205235959Z !00 ) "), MALFORMED},
    {"a byte as the end", ONE(ID("1234") GOOD THIS "a0( !00 ) "), MALFORMED},
    {"a byte after it all", ONE(MEMBERS("1234", GOOD) "!00 "), MALFORMED},
    {"a byte after the list", BASIC(DATA("", "!00 "), ""), MALFORMED},
    {"a byte as one", BASIC(DATA("!00 ", ""), ""), MALFORMED},
    {"a byte as an extension", ONE(MEMBERS("1234", GOOD) "a1( 30( !00 ) ) "), CRITICAL_FAULT},
    {"a byte after the signature", BASIC(DATA(SINGLE(MEMBERS("1234", GOOD)), ""), "!00 "),
     MALFORMED},
    {"a good signature of odd bits",
     RESPONSE(BODY("30( " DATA(SINGLE(MEMBERS("1234", GOOD)), "") "30( 06:2a ) 03:01fe ) ", "")),
     MALFORMED},
    {"a good one of another type",
     RESPONSE("30( 06:2b0601050507300102 04( 30( " DATA(SINGLE(MEMBERS("1234", GOOD)), "") SIGNATURE
              ") ) ) "),
     MALFORMED},
    {"a long time", ONE(ID("1234") GOOD "18'20261128000000ZZ " NEXT), MALFORMED},
    {"a short time", ONE(ID("1234") GOOD "18'202611280000Z " NEXT), MALFORMED},
    {"a time with a fraction", ONE(ID("1234") GOOD "18'20261128000000.5Z " NEXT), MALFORMED},
    {"a local time", ONE(ID("1234") GOOD "18'202611280000001 " NEXT), MALFORMED},
    {"a time with a letter", ONE(ID("1234") GOOD "18'2026112800O000Z " NEXT), MALFORMED},
    {"UTCTime", ONE(ID("1234") GOOD "17'261128000000Z " NEXT), MALFORMED},
};

static const char *read_copy(span response, struct ocsp *ocsp, char **copy) {
    *copy = guard_copy(response);
    return ocsp_read((span){*copy, response.size}, SPAN(SERIAL), ocsp);
}

static void test_read(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(read_cases); i++) {
        struct der der = make(read_cases[i].response);
        struct ocsp ocsp;
        char *copy = NULL;
        const char *fault = read_copy((span){der.data, der.size}, &ocsp, &copy);
        if (fault != NULL) {
            fail_msg("%s: %s", read_cases[i].name, fault);
        }
        assert_int_equal(ocsp.status, read_cases[i].status);
        assert_int_equal(ocsp.this_update, THIS_SECONDS);
        assert_int_equal(ocsp.next_update, THIS_SECONDS + 8 * 86400 - 1);
        assert_int_equal(ocsp.revoked_at, ocsp.status == OCSP_REVOKED ? REVOKED_SECONDS : 0);
        assert_span(ocsp.algorithm, "\x2a\x86\x48\xce\x3d\x04\x03\x02");
        assert_span(ocsp.signature, "\xde\xad\xbe\xef");
        assert_int_equal(ocsp.certificate.size, 0);
        guard_free(copy, der.size);
    }
}

static void test_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(refused_cases); i++) {
        struct der der = make(refused_cases[i].response);
        struct ocsp ocsp;
        char *copy = NULL;
        const char *fault = read_copy((span){der.data, der.size}, &ocsp, &copy);
        if (fault == NULL || strcmp(fault, refused_cases[i].fault) != 0) {
            fail_msg("%s: %s", refused_cases[i].name, fault != NULL ? fault : "read");
        }
        guard_free(copy, der.size);
    }
}

/* What is signed is the element as a whole. */
static void test_parts(void **state) {
    (void)state;
    struct der der = make(
        BASIC(DATA(SINGLE(MEMBERS("1234", GOOD)), ""), "a0( 30( " CERTIFICATE "30( 02:02 ) ) ) "));
    struct der data = make(DATA(SINGLE(MEMBERS("1234", GOOD)), ""));
    struct ocsp ocsp;
    assert_null(ocsp_read((span){der.data, der.size}, SPAN(SERIAL), &ocsp));
    assert_true(span_equal(ocsp.signed_part, (span){data.data, data.size}));
    assert_span(ocsp.certificate, "\x30\x03\x02\x01\x01");
    der = make(BASIC(DATA(SINGLE(MEMBERS("1234", GOOD)), ""), "a0( 30( ) ) "));
    assert_null(ocsp_read((span){der.data, der.size}, SPAN(SERIAL), &ocsp));
    assert_int_equal(ocsp.certificate.size, 0);
}

static void test_no_next_update(void **state) {
    (void)state;
    struct der der = make(ONE(ID("1234") GOOD THIS));
    struct ocsp ocsp;
    assert_null(ocsp_read((span){der.data, der.size}, SPAN(SERIAL), &ocsp));
    assert_int_equal(ocsp.this_update, THIS_SECONDS);
    assert_int_equal(ocsp.next_update, THIS_SECONDS);
}

/* No beginning of a response is one, and no byte that is changed makes a read go too far. */
static void test_damaged(void **state) {
    (void)state;
    struct der der = make(BASIC(DATA(SINGLE(MEMBERS("1234", REVOKED) EXTENSIONS("")), ""),
                                "a0( 30( " CERTIFICATE ") ) "));
    struct ocsp ocsp;
    char *copy = NULL;
    for (size_t size = 0; size < der.size; size++) {
        assert_string_equal(read_copy((span){der.data, size}, &ocsp, &copy), MALFORMED);
        guard_free(copy, size);
    }
    for (size_t i = 0; i < der.size; i++) {
        static const unsigned char others[] = {0x00, 0x01, 0x7f, 0x80, 0x81, 0x84, 0xff};
        for (size_t other = 0; other < COUNT(others); other++) {
            struct der changed = der;
            changed.data[i] = (char)others[other];
            const char *fault = read_copy((span){changed.data, changed.size}, &ocsp, &copy);
            assert_true(fault == NULL || fault[0] != '\0');
            guard_free(copy, changed.size);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),    cmocka_unit_test(test_refused),
        cmocka_unit_test(test_parts),   cmocka_unit_test(test_no_next_update),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
