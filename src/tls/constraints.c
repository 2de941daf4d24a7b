#include "tls/constraints.h"

#include "base/ip.h"
#include "crypto/der.h"
#include "tls/extension.h"
#include "tls/name.h"
#include "trust/identity.h"

#include <mbedtls/oid.h>
#include <string.h>

#define OID_NAME_CONSTRAINTS "\x55\x1d\x1e" /* 2.5.29.30 */
#define PERMITTED 0xa0
#define EXCLUDED 0xa1
/* GeneralName's choices (RFC 5280 4.2.1.6), without the bits of their class. */
#define MAIL_ADDRESS 1
#define DNS_NAME 2
#define DIRECTORY_NAME 4
#define URI 6
#define IP_ADDRESS 7
#define CHOICES 9 /* after the last one */

/* ---- the extension --------------------------------------------------------------------------- */

/* GeneralSubtree: its name; no maximum may follow, and no minimum but 0 (RFC 5280 4.2.1.10), which
 * some CAs write though it is the default. */
static bool constraints_take_subtree(span *subtrees, int *choice, span *base) {
    span subtree;
    int tag = 0;
    if (!der_take_tag(subtrees, DER_SEQUENCE, &subtree) || !der_take(&subtree, &tag, base)) {
        return false;
    }
    *choice = tag & MBEDTLS_ASN1_TAG_VALUE_MASK;
    return (tag & MBEDTLS_ASN1_TAG_CLASS_MASK) == MBEDTLS_ASN1_CONTEXT_SPECIFIC &&
           *choice < CHOICES && (subtree.size == 0 || span_equal(subtree, SPAN("\x80\x01\0")));
}

/* An address and a mask whose bits are ones first and zeros after them (RFC 4632). */
static bool constraints_is_network(span base) {
    bool good = base.size == 8 || base.size == 32;
    unsigned zeros = 0;
    for (size_t i = base.size / 2; good && i < base.size; i++) {
        good = zeros == 0 || base.data[i] == 0;
        zeros = (unsigned char)~base.data[i];
        good = good && (zeros & (zeros + 1)) == 0;
    }
    return good;
}

static bool constraints_are_subtrees(span subtrees) {
    span base;
    int choice = 0;
    bool good = subtrees.size > 0;
    while (good && subtrees.size > 0) {
        good = constraints_take_subtree(&subtrees, &choice, &base) &&
               (choice != IP_ADDRESS || constraints_is_network(base));
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

/* Of "SCHEME://USER@HOST:PORT/..."; false: there is none, or it is an address. */
static bool constraints_take_host(span uri, span *host) {
    unsigned char address[16];
    size_t size = 0;
    size_t start = span_find(uri, ':') + 3;
    size_t end = start;
    if (start > uri.size || !span_starts(span_cut(uri, start - 2, uri.size), SPAN("//"))) {
        return false;
    }
    for (; end < uri.size && strchr("/?#", uri.data[end]) == NULL; end++) {
        start = uri.data[end] == '@' ? end + 1 : start;
    }
    *host = span_cut(uri, start, end);
    host->size = span_find(*host, ':');
    return host->size > 0 && host->data[0] != '[' && !ip_parse(*host, address, &size);
}

/* A host of a URI or of a mail address (RFC 5280 4.2.1.10): unlike with DNS names, a base without a
 * dot in front is only that host. */
static bool constraints_has_host(span host, span base) {
    return base.size == 0 || base.data[0] == '.' ? identity_is_in_subtree(host, base)
                                                 : span_equal_ignoring_case(host, base);
}

static bool constraints_has_mail(span mail, span base, bool unknown) {
    size_t at = span_find(mail, '@');
    size_t base_at = span_find(base, '@');
    if (at == mail.size) {
        return unknown;
    }
    if (base_at < base.size && !span_equal(span_cut(mail, 0, at), span_cut(base, 0, base_at))) {
        return false;
    }
    base_at = base_at < base.size ? base_at + 1 : 0;
    return constraints_has_host(span_cut(mail, at + 1, mail.size),
                                span_cut(base, base_at, base.size));
}

/* Whether the base contains the name. What cannot be told counts against the name: it is not among
 * the permitted ones, and among the excluded ones. */
static bool constraints_contain(int choice, span base, span name, bool excluded) {
    span host;
    switch (choice) {
        case MAIL_ADDRESS: return constraints_has_mail(name, base, excluded);
        case DNS_NAME:
            return excluded ? identity_may_reach_subtree(name, base)
                            : identity_is_in_subtree(name, base);
        case DIRECTORY_NAME: return name_starts(name, base);
        case URI:
            return constraints_take_host(name, &host) ? constraints_has_host(host, base) : excluded;
        case IP_ADDRESS: return ip_is_in_network(name, base);
        default: return excluded;
    }
}

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
        finding.matches = finding.matches || constraints_contain(choice, base, name, excluded);
    }
    return finding;
}

static bool constraints_allow_name(span permitted, span excluded, int choice, span name) {
    struct finding allowed = constraints_find(permitted, choice, name, false);
    struct finding denied = constraints_find(excluded, choice, name, true);
    return (!allowed.has_kind || allowed.matches) && !denied.matches;
}

bool constraints_allow(span constraints, const mbedtls_x509_crt *certificate) {
    span permitted;
    span excluded;
    const span subject = {(const char *)certificate->subject_raw.p, certificate->subject_raw.len};
    const mbedtls_x509_sequence *each = &certificate->subject_alt_names;
    /* The subject is a directoryName, unless it is empty: a SEQUENCE of no bytes. */
    bool good =
        constraints_split(constraints, &permitted, &excluded) &&
        (subject.size <= 2 || constraints_allow_name(permitted, excluded, DIRECTORY_NAME, subject));
    for (; good && each != NULL && each->buf.p != NULL; each = each->next) {
        span name = {(const char *)each->buf.p, each->buf.len};
        good = constraints_allow_name(permitted, excluded,
                                      each->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK, name);
    }
    return good;
}
