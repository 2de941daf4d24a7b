#include "tls/staple.h"

#include "base/calendar.h"
#include "crypto/der.h"
#include "crypto/ocsp.h"
#include "os/hooks.h"
#include "tls/describe.h"
#include "tls/extension.h"

#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <mbedtls/ssl.h>
#include <stdlib.h>
#include <string.h>

#define OID_TLS_FEATURE SPAN("\x2b\x06\x01\x05\x05\x07\x01\x18") /* 1.3.6.1.5.5.7.1.24 */
/* CertificateStatus: status_type, and three bytes of length. */
#define STAPLE_HEAD 4u
#define STAPLE_OCSP 1

/* ---- the certificate's demand ---------------------------------------------------------------- */

/* Features (RFC 7633): a list of numbers; *has_status: status_request is among them. */
static bool staple_read_features(span value, bool *has_status) {
    span list;
    span number;
    bool good = der_take_tag(&value, DER_SEQUENCE, &list) && value.size == 0;
    *has_status = false;
    while (good && list.size > 0) {
        good = der_take_tag(&list, MBEDTLS_ASN1_INTEGER, &number);
        *has_status = *has_status || (good && span_equal(number, SPAN("\x05")));
    }
    return good;
}

bool staple_accepts(span oid, span value) {
    bool has_status = false;
    return span_equal(oid, OID_TLS_FEATURE) && staple_read_features(value, &has_status);
}

/* Features that cannot be read may demand anything. */
static bool staple_is_required(const mbedtls_x509_crt *leaf) {
    bool has_status = false;
    span value = extension_of(leaf, OID_TLS_FEATURE);
    return value.size > 0 && (!staple_read_features(value, &has_status) || has_status);
}

/* ---- the response ---------------------------------------------------------------------------- */

int staple_take(void *context, const unsigned char *bytes, size_t size) {
    struct verify *verify = context;
    if (verify->staple_size > 0) { /* a second one */
        return 0;
    }
    verify->staple_size = size;
    if (size == 0 || size > LIMIT_STAPLE) {
        return 0;
    }
    verify->staple = malloc(size);
    if (verify->staple == NULL) {
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    }
    memcpy(verify->staple, bytes, size);
    return 0;
}

/* By a key of whatever kind, with the hashes of the policy (verify_profile). Not by RSASSA-PSS,
 * which has parameters, and which no CA uses for this. */
static bool staple_is_signed_by(const struct ocsp *ocsp, mbedtls_x509_crt *signer) {
    const mbedtls_asn1_buf oid = {MBEDTLS_ASN1_OID, ocsp->algorithm.size,
                                  (unsigned char *)ocsp->algorithm.data};
    unsigned char hash[MBEDTLS_MD_MAX_SIZE];
    mbedtls_md_type_t md = MBEDTLS_MD_NONE;
    mbedtls_pk_type_t pk = MBEDTLS_PK_NONE;
    int code = mbedtls_oid_get_sig_alg(&oid, &md, &pk);
    if (code != 0 || md == MBEDTLS_MD_NONE ||
        (verify_profile.allowed_mds & (uint32_t)MBEDTLS_X509_ID_FLAG(md)) == 0) {
        return false;
    }
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(md);
    return mbedtls_md(info, (const unsigned char *)ocsp->signed_part.data, ocsp->signed_part.size,
                      hash) == 0 &&
           mbedtls_pk_verify_ext(pk, NULL, &signer->pk, md, hash, mbedtls_md_get_size(info),
                                 (const unsigned char *)ocsp->signature.data,
                                 ocsp->signature.size) == 0;
}

/* RFC 6960 4.2.2.2: a certificate that the issuer signed for this purpose. */
static bool staple_is_by_delegate(struct verify *verify, const struct ocsp *ocsp) {
    const unsigned char *der = (const unsigned char *)ocsp->certificate.data;
    mbedtls_x509_crt delegate;
    uint32_t flags = 0;
    mbedtls_x509_crt_init(&delegate);
    bool good =
        ocsp->certificate.size > 0 &&
        verify_parse_certificate(&delegate, der, ocsp->certificate.size) == 0 &&
        verify_has_purpose(&delegate, SPAN(MBEDTLS_OID_OCSP_SIGNING)) &&
        mbedtls_x509_crt_verify_with_profile(&delegate, &verify->issuer, NULL, &verify_profile,
                                             NULL, &flags, NULL, NULL) == 0 &&
        staple_is_signed_by(ocsp, &delegate);
    mbedtls_x509_crt_free(&delegate);
    return good;
}

/* NULL: *ocsp says what its CA knows of `leaf`; else why nothing is known, "it ...". */
static const char *staple_read(struct verify *verify, const mbedtls_x509_crt *leaf,
                               struct ocsp *ocsp) {
    const unsigned char *bytes = verify->staple;
    size_t size = verify->staple_size;
    const span serial = {(const char *)leaf->serial.p, leaf->serial.len};
    if (size == 0) {
        return "there is none";
    }
    if (bytes == NULL) {
        return "it is larger than " LIMIT_TEXT(LIMIT_STAPLE) " bytes";
    }
    if (size < STAPLE_HEAD || bytes[0] != STAPLE_OCSP ||
        ((size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3]) != size - STAPLE_HEAD) {
        return "it is malformed";
    }
    const char *fault =
        ocsp_read((span){(const char *)bytes + STAPLE_HEAD, size - STAPLE_HEAD}, serial, ocsp);
    if (fault == NULL && !staple_is_signed_by(ocsp, &verify->issuer) &&
        !staple_is_by_delegate(verify, ocsp)) {
        return "it is not signed by the CA, or in a way that is not accepted";
    }
    return fault;
}

/* ---- the verdict ----------------------------------------------------------------------------- */

static const char staple_early[] = "it is not valid yet";

/* Of one that does not say that the certificate was revoked; NULL: it says that it is good, now. */
static const char *staple_fault_of(const struct ocsp *ocsp) {
    int64_t now = hooks_now();
    if (ocsp->status != OCSP_GOOD) {
        return "its CA does not know the certificate";
    }
    if (ocsp->this_update > now) {
        return staple_early;
    }
    return ocsp->next_update < now ? "it has expired" : NULL;
}

static int staple_refuse(struct verify *verify, const mbedtls_x509_crt *leaf, uint32_t flag) {
    describe_faults(verify, leaf, 0, flag);
    /* Perhaps it is the clock that is wrong. */
    verify->path.flags = verify->staple_fault == staple_early ? MBEDTLS_X509_BADCERT_FUTURE : flag;
    return MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
}

static void staple_log(const struct verify *verify, const struct ocsp *ocsp) {
    if (verify->staple_fault == NULL) {
        char until[CALENDAR_TEXT];
        calendar_write_unix(ocsp->next_update, until);
        log_event(verify->log, EVENT_TLS_STAPLE, span_text(until), -1);
    } else if (verify->staple_size > 0) {
        log_event(verify->log, EVENT_TLS_STAPLE_IGNORED, span_text(verify->staple_fault), -1);
    }
}

int staple_check(struct verify *verify, const mbedtls_x509_crt *leaf) {
    struct ocsp ocsp;
    if (verify->issuer.version == 0) { /* the certificate is trusted as it is */
        return 0;
    }
    verify->staple_fault = staple_read(verify, leaf, &ocsp);
    /* Whatever the time is: what was revoked stays so. */
    if (verify->staple_fault == NULL && ocsp.status == OCSP_REVOKED) {
        verify->revoked_at = ocsp.revoked_at;
        return staple_refuse(verify, leaf, MBEDTLS_X509_BADCERT_REVOKED);
    }
    if (verify->staple_fault == NULL) {
        verify->staple_fault = staple_fault_of(&ocsp);
    }
    if (verify->staple_fault != NULL && staple_is_required(leaf)) {
        return staple_refuse(verify, leaf, VERIFY_NO_STAPLE);
    }
    staple_log(verify, &ocsp);
    return 0;
}
