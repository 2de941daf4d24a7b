#include "tls/constraints.h"

#include "base/ip.h"
#include "crypto/der.h"
#include "tls/extension.h"
#include "tls/name.h"
#include "trust/identity.h"

#include <mbedtls/oid.h>

#define OID_NAME_CONSTRAINTS "\x55\x1d\x1e" /* 2.5.29.30 */
#define PERMITTED 0xa0
#define EXCLUDED 0xa1
/* GeneralName's choices (RFC 5280 4.2.1.6), without the bits of their class. */
#define DNS_NAME 2
#define DIRECTORY_NAME 4
#define IP_ADDRESS 7
#define CHOICES 9 /* after the last one */
#define NO_NAME (-1)

/* ---- subtrees -------------------------------------------------------------------------------- */

/* An address and a mask whose bits are ones first and zeros after them (RFC 4632). */
static bool constraints_is_network(span base) {
    bool good = base.size == 8 || base.size == 32;
    unsigned zeros = 0; /* of the last two bytes */
    for (size_t i = base.size / 2; good && i < base.size; i++) {
        zeros = (zeros << 8 | (unsigned char)~base.data[i]) & 0xffff;
        good = (zeros & (zeros + 1)) == 0;
    }
    return good;
}

/* GeneralSubtree: its name; no maximum may follow, and no minimum but 0 (RFC 5280 4.2.1.10), which
 * some CAs write though it is the default. */
static bool constraints_take_subtree(span *subtrees, int *choice, span *base) {
    span subtree;
    int tag = 0;
    if (!der_take_tag(subtrees, DER_SEQUENCE, &subtree) || !der_take(&subtree, &tag, base)) {
        return false;
    }
    *choice = (tag & ~MBEDTLS_ASN1_CONSTRUCTED) - MBEDTLS_ASN1_CONTEXT_SPECIFIC;
    return *choice >= 0 && *choice < CHOICES &&
           (subtree.size == 0 || span_equal(subtree, SPAN("\x80\x01\0"))) &&
           (*choice != IP_ADDRESS || constraints_is_network(*base));
}

/* ---- names ----------------------------------------------------------------------------------- */

/* Whether the base contains the name. What cannot be told counts against the name: it is not among
 * the permitted ones, and among the excluded ones. */
static bool constraints_contain(int choice, span base, span name, bool excluded) {
    switch (choice) {
        case DNS_NAME:
            return excluded ? identity_may_reach_subtree(name, base)
                            : identity_is_in_subtree(name, base);
        case DIRECTORY_NAME: return name_starts(name, base);
        case IP_ADDRESS: return ip_is_in_network(name, base);
        default: return excluded;
    }
}

/* ---- the extension --------------------------------------------------------------------------- */

/* The constraints are well-formed, and allow the name; only the former if `choice` is NO_NAME. */
static bool constraints_allow_name(span value, int choice, span name) {
    span lists;
    span subtrees;
    span base;
    int tag = 0;
    int before = PERMITTED - 1;
    int kind = 0;
    bool good = der_take_tag(&value, DER_SEQUENCE, &lists) && value.size == 0 && lists.size > 0;
    /* Each list at most once, in this order: in DER a SEQUENCE is not a set. */
    while (good && lists.size > 0) {
        bool has_kind = false;
        bool matches = false;
        good = der_take(&lists, &tag, &subtrees) && subtrees.size > 0 && tag > before &&
               tag <= EXCLUDED;
        before = tag;
        while (good && subtrees.size > 0) {
            good = constraints_take_subtree(&subtrees, &kind, &base);
            if (good && kind == choice) {
                has_kind = true;
                matches = matches || constraints_contain(kind, base, name, tag == EXCLUDED);
            }
        }
        good = good && (!has_kind || matches == (tag == PERMITTED));
    }
    return good;
}

int constraints_accept(void *context, const mbedtls_x509_crt *certificate,
                       const mbedtls_x509_buf *oid, int critical, const unsigned char *start,
                       const unsigned char *end) {
    (void)context;
    (void)certificate;
    (void)critical;
    bool good = span_equal((span){(const char *)oid->p, oid->len}, SPAN(OID_NAME_CONSTRAINTS)) &&
                constraints_allow_name((span){(const char *)start, (size_t)(end - start)}, NO_NAME,
                                       SPAN(""));
    return good ? 0 : MBEDTLS_ERR_X509_INVALID_EXTENSIONS;
}

span constraints_of(const mbedtls_x509_crt *certificate) {
    return extension_of(certificate, SPAN(OID_NAME_CONSTRAINTS));
}

bool constraints_allow(span constraints, const mbedtls_x509_crt *certificate) {
    const span subject = {(const char *)certificate->subject_raw.p, certificate->subject_raw.len};
    const mbedtls_x509_sequence *each = &certificate->subject_alt_names;
    /* The subject is a directoryName, unless it is empty: a SEQUENCE of no bytes. */
    bool good =
        constraints_allow_name(constraints, subject.size > 2 ? DIRECTORY_NAME : NO_NAME, subject);
    for (; good && each != NULL && each->buf.p != NULL; each = each->next) {
        span name = {(const char *)each->buf.p, each->buf.len};
        good =
            constraints_allow_name(constraints, each->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK, name);
    }
    return good;
}
