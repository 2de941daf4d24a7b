#include "tls/constraints.h"

#include "base/ip.h"
#include "crypto/der.h"
#include "tls/extension.h"
#include "trust/identity.h"

#include <mbedtls/oid.h>

#define OID_NAME_CONSTRAINTS "\x55\x1d\x1e" /* 2.5.29.30 */
#define PERMITTED 0xa0
#define EXCLUDED 0xa1
/* GeneralName's choices (RFC 5280 4.2.1.6), without the bits of their class. */
#define DNS_NAME 2
#define DIRECTORY_NAME 4
#define IP_ADDRESS 7

/* ---- the extension --------------------------------------------------------------------------- */

/* GeneralSubtree: its name; no minimum and no maximum may follow (RFC 5280 4.2.1.10). */
static bool constraints_take_subtree(span *subtrees, int *choice, span *base) {
    span subtree;
    int tag = 0;
    if (!der_take_tag(subtrees, DER_SEQUENCE, &subtree) || !der_take(&subtree, &tag, base)) {
        return false;
    }
    *choice = tag & MBEDTLS_ASN1_TAG_VALUE_MASK;
    return subtree.size == 0;
}

static bool constraints_are_subtrees(span subtrees) {
    span base;
    int choice = 0;
    bool good = subtrees.size > 0;
    while (good && subtrees.size > 0) {
        good = constraints_take_subtree(&subtrees, &choice, &base) &&
               (choice != IP_ADDRESS || base.size == 8 || base.size == 32);
    }
    return good;
}

static bool constraints_split(span value, span *permitted, span *excluded) {
    span lists;
    *permitted = (span){NULL, 0};
    *excluded = (span){NULL, 0};
    if (!der_take_tag(&value, DER_SEQUENCE, &lists) || value.size > 0 || lists.size == 0) {
        return false;
    }
    /* Each at most once, in this order: in DER a SEQUENCE is not a set. */
    while (lists.size > 0) {
        span subtrees;
        int tag = 0;
        if (!der_take(&lists, &tag, &subtrees) || !constraints_are_subtrees(subtrees) ||
            excluded->size > 0 || (tag == PERMITTED ? permitted->size > 0 : tag != EXCLUDED)) {
            return false;
        }
        *(tag == PERMITTED ? permitted : excluded) = subtrees;
    }
    return true;
}

static bool constraints_is_extension(const unsigned char *oid, size_t size) {
    return span_equal((span){(const char *)oid, size}, SPAN(OID_NAME_CONSTRAINTS));
}

int constraints_accept(void *context, const mbedtls_x509_crt *certificate,
                       const mbedtls_x509_buf *oid, int critical, const unsigned char *start,
                       const unsigned char *end) {
    span permitted;
    span excluded;
    (void)context;
    (void)certificate;
    (void)critical;
    bool good = constraints_is_extension(oid->p, oid->len) &&
                constraints_split((span){(const char *)start, (size_t)(end - start)}, &permitted,
                                  &excluded);
    return good ? 0 : MBEDTLS_ERR_X509_INVALID_EXTENSIONS;
}

span constraints_of(const mbedtls_x509_crt *certificate) {
    return extension_of(certificate, SPAN(OID_NAME_CONSTRAINTS));
}

/* ---- names ----------------------------------------------------------------------------------- */

/* What the subtrees of one list say about a name. */
struct finding {
    bool has_kind; /* some of them are of its kind ... */
    bool matches;  /* ... and one of those contains it */
};

static struct finding constraints_find(span subtrees, int choice, span name, bool excluded) {
    struct finding finding = {false, false};
    span base;
    int kind = 0;
    while (subtrees.size > 0 && constraints_take_subtree(&subtrees, &kind, &base)) {
        if (kind != choice) {
            continue;
        }
        finding.has_kind = true;
        bool holds = choice == IP_ADDRESS ? ip_is_in_network(name, base)
                     : excluded           ? identity_may_reach_subtree(name, base)
                                          : identity_is_in_subtree(name, base);
        finding.matches = finding.matches || holds;
    }
    return finding;
}

static enum constraints_verdict constraints_check_name(span permitted, span excluded, int choice,
                                                       span name) {
    struct finding allowed = constraints_find(permitted, choice, name, false);
    struct finding denied = constraints_find(excluded, choice, name, true);
    if (choice != DNS_NAME && choice != IP_ADDRESS) {
        return allowed.has_kind || denied.has_kind ? CONSTRAINTS_UNKNOWN : CONSTRAINTS_KEPT;
    }
    bool violated = (allowed.has_kind && !allowed.matches) || denied.matches;
    return violated ? CONSTRAINTS_VIOLATED : CONSTRAINTS_KEPT;
}

enum constraints_verdict constraints_check(span constraints, const mbedtls_x509_crt *certificate) {
    span permitted;
    span excluded;
    if (!constraints_split(constraints, &permitted, &excluded)) {
        return CONSTRAINTS_UNKNOWN;
    }
    /* The subject is a directoryName, unless it is empty: a SEQUENCE of no bytes. */
    if (certificate->subject_raw.len > 2) {
        enum constraints_verdict verdict =
            constraints_check_name(permitted, excluded, DIRECTORY_NAME, SPAN(""));
        if (verdict != CONSTRAINTS_KEPT) {
            return verdict;
        }
    }
    const mbedtls_x509_sequence *each = &certificate->subject_alt_names;
    for (; each != NULL && each->buf.p != NULL; each = each->next) {
        span name = {(const char *)each->buf.p, each->buf.len};
        enum constraints_verdict verdict = constraints_check_name(
            permitted, excluded, each->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK, name);
        if (verdict != CONSTRAINTS_KEPT) {
            return verdict;
        }
    }
    return CONSTRAINTS_KEPT;
}
