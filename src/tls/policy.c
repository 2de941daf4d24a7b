#include "tls/policy.h"

#include "crypto/der.h"
#include "tls/extension.h"

#include <mbedtls/oid.h>

#define OID_POLICY_MAPPINGS SPAN("\x55\x1d\x21")    /* 2.5.29.33 */
#define OID_POLICY_CONSTRAINTS SPAN("\x55\x1d\x24") /* 2.5.29.36 */
#define OID_INHIBIT_ANY SPAN("\x55\x1d\x36")        /* 2.5.29.54 */
#define REQUIRE_EXPLICIT 0x80

/* ---- extensions ------------------------------------------------------------------------------ */

/* SkipCerts; a number above the length of any path has no effect. */
static size_t policy_number(span content) {
    return content.size == 1 ? (unsigned char)content.data[0] : SIZE_MAX;
}

static bool policy_is_number(span content) {
    return content.size > 0 && ((unsigned char)content.data[0] & 0x80) == 0;
}

/* PolicyConstraints: two numbers, each optional. */
static bool policy_are_constraints(span value) {
    span members;
    span content;
    int tag = 0;
    bool good = der_take_tag(&value, DER_SEQUENCE, &members) && value.size == 0;
    while (good && members.size > 0) {
        good = der_take(&members, &tag, &content) && policy_is_number(content);
    }
    return good;
}

bool policy_accepts(span oid, span value) {
    span content;
    if (span_equal(oid, OID_POLICY_CONSTRAINTS)) {
        return policy_are_constraints(value);
    }
    if (span_equal(oid, OID_INHIBIT_ANY)) {
        return der_take_tag(&value, MBEDTLS_ASN1_INTEGER, &content) && value.size == 0 &&
               policy_is_number(content);
    }
    /* Mbed TLS has parsed the policies themselves. */
    return span_equal(oid, OID_POLICY_MAPPINGS) ||
           span_equal(oid, SPAN(MBEDTLS_OID_CERTIFICATE_POLICIES));
}

/* requireExplicitPolicy; SIZE_MAX: there is none. */
static size_t policy_required_after(const mbedtls_x509_crt *certificate) {
    span value = extension_of(certificate, OID_POLICY_CONSTRAINTS);
    span members;
    span content;
    int tag = 0;
    bool has_first = der_take_tag(&value, DER_SEQUENCE, &members) &&
                     der_take(&members, &tag, &content) && tag == REQUIRE_EXPLICIT;
    return has_first ? policy_number(content) : SIZE_MAX;
}

static size_t policy_any_valid_for(const mbedtls_x509_crt *certificate) {
    span value = extension_of(certificate, OID_INHIBIT_ANY);
    span content;
    return der_take_tag(&value, MBEDTLS_ASN1_INTEGER, &content) ? policy_number(content) : SIZE_MAX;
}

/* ---- policies -------------------------------------------------------------------------------- */

static bool policy_has(const mbedtls_x509_crt *certificate, span policy) {
    const mbedtls_x509_sequence *each = &certificate->certificate_policies;
    for (; each != NULL && each->buf.p != NULL; each = each->next) {
        if (span_equal((span){(const char *)each->buf.p, each->buf.len}, policy)) {
            return true;
        }
    }
    return false;
}

/* Every policy was valid; now only those of the certificate are. */
static void policy_take(struct policy *policy, const mbedtls_x509_crt *certificate) {
    const mbedtls_x509_sequence *each = &certificate->certificate_policies;
    policy->any = false;
    for (; each != NULL && each->buf.p != NULL && policy->count < POLICY_MAX; each = each->next) {
        const span one = {(const char *)each->buf.p, each->buf.len};
        if (!span_equal(one, SPAN(MBEDTLS_OID_ANY_POLICY))) {
            policy->valid[policy->count++] = one;
        }
    }
}

/* Only those that the certificate has too stay. */
static void policy_keep(struct policy *policy, const mbedtls_x509_crt *certificate) {
    size_t kept = 0;
    for (size_t i = 0; i < policy->count; i++) {
        if (policy_has(certificate, policy->valid[i])) {
            policy->valid[kept++] = policy->valid[i];
        }
    }
    policy->count = kept;
}

static size_t policy_lower(size_t number, size_t other) {
    return other < number ? other : number;
}

/* RFC 5280 6.1.4 (a), (b), (h), (i), (j). Mappings are not followed: below one, no policy is valid.
 */
static void policy_prepare(struct policy *policy, const mbedtls_x509_crt *certificate,
                           bool is_self_issued) {
    if (extension_of(certificate, OID_POLICY_MAPPINGS).size > 0) {
        policy->any = false;
        policy->count = 0;
    }
    if (!is_self_issued) {
        policy->required_after -= policy->required_after > 0 ? 1 : 0;
        policy->any_valid_for -= policy->any_valid_for > 0 ? 1 : 0;
    }
    policy->required_after =
        policy_lower(policy->required_after, policy_required_after(certificate));
    policy->any_valid_for = policy_lower(policy->any_valid_for, policy_any_valid_for(certificate));
}

bool policy_is_self_issued(const mbedtls_x509_crt *certificate) {
    const span subject = {(const char *)certificate->subject_raw.p, certificate->subject_raw.len};
    const span issuer = {(const char *)certificate->issuer_raw.p, certificate->issuer_raw.len};
    return span_equal(subject, issuer);
}

void policy_begin(struct policy *policy, size_t length) {
    *policy =
        (struct policy){.required_after = length + 1, .any_valid_for = length + 1, .any = true};
}

bool policy_check(struct policy *policy, const mbedtls_x509_crt *certificate, bool is_last) {
    bool is_self_issued = policy_is_self_issued(certificate);
    bool any_counts = policy->any_valid_for > 0 || (is_self_issued && !is_last);
    if (!any_counts || !policy_has(certificate, SPAN(MBEDTLS_OID_ANY_POLICY))) {
        if (policy->any) {
            policy_take(policy, certificate);
        } else {
            policy_keep(policy, certificate);
        }
    }
    bool has_policy = policy->any || policy->count > 0;
    bool is_violated = policy->required_after == 0 && !has_policy;
    if (is_last) { /* RFC 5280 6.1.5 (a), (b) */
        is_violated = is_violated || (!has_policy && (policy->required_after <= 1 ||
                                                      policy_required_after(certificate) == 0));
    } else {
        policy_prepare(policy, certificate, is_self_issued);
    }
    return !is_violated;
}
