/* Mbed TLS has no accessor for the path length of a certificate. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS

#include "tls/verify.h"

#include "base/error.h"
#include "base/ip.h"
#include "tls/constraints.h"
#include "tls/describe.h"
#include "tls/extension.h"
#include "tls/staple.h"
#include "trust/identity.h"

#include <mbedtls/oid.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(MBEDTLS_X509_MAX_VERIFY_CHAIN_SIZE <= LIMIT_CHAIN, "room for every certificate");

const mbedtls_x509_crt_profile verify_profile = {
    .allowed_mds = MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) |
                   MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
                   MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
    .allowed_pks = MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSA) |
                   MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSASSA_PSS) |
                   MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECKEY) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECDSA),
    .allowed_curves = MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) |
                      MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1),
    .rsa_min_bitlen = 2048,
};

void verify_init(struct verify *verify, span host, const struct roots *roots,
                 const char *const *pins, const struct log *log) {
    *verify = (struct verify){.host = host, .roots = roots, .pins = pins, .log = log};
    if (!ip_parse(host, verify->address, &verify->address_size)) {
        verify->address_size = 0;
    }
    mbedtls_x509_crt_init(&verify->issuer);
    error_set(&verify->path.error, PINETOKEN_TLS, "", "");
}

void verify_free(struct verify *verify) {
    mbedtls_x509_crt_free(&verify->issuer);
    free(verify->staple);
}

/* An mbedtls_x509_crt_ext_cb_t, for extensions that Mbed TLS does not know. */
static int verify_accept_extension(void *context, const mbedtls_x509_crt *certificate,
                                   const mbedtls_x509_buf *oid, int critical,
                                   const unsigned char *start, const unsigned char *end) {
    const span value = {(const char *)start, (size_t)(end - start)};
    const span name = {(const char *)oid->p, oid->len};
    if (extension_of(certificate, name).data != value.data) {
        return MBEDTLS_ERR_X509_INVALID_EXTENSIONS; /* the second of its kind: RFC 5280 4.2 */
    }
    return policy_accepts(name, value) || staple_accepts(name, value)
               ? 0
               : constraints_accept(context, certificate, oid, critical, start, end);
}

int verify_parse_certificate(mbedtls_x509_crt *chain, const unsigned char *der, size_t size) {
    int code =
        mbedtls_x509_crt_parse_der_with_ext_cb(chain, der, size, 1, verify_accept_extension, NULL);
    /* Without the part that Mbed TLS's handshake takes for a reason to go on without it. */
    bool is_unknown = code == MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG + MBEDTLS_ERR_OID_NOT_FOUND;
    return is_unknown ? MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG : code;
}

/* Mbed TLS stores 1 + pathLenConstraint in it, 0 for none, and does not check its sign. */
void verify_take_path_length(mbedtls_x509_crt *certificate) {
    if (certificate->max_pathlen > 0) {
        certificate->max_pathlen = -certificate->max_pathlen;
    }
}

void verify_begin(struct verify *verify, size_t length, const mbedtls_x509_crt *root,
                  const mbedtls_x509_crt *leaf) {
    verify->path = (struct verify_path){.length = length, .root = root, .cas_left = LIMIT_CHAIN};
    verify->path.leaf_is_root = length == 1 && root != NULL && root->raw.len == leaf->raw.len &&
                                memcmp(root->raw.p, leaf->raw.p, leaf->raw.len) == 0;
    policy_begin(&verify->path.policy, length);
    error_set(&verify->path.error, PINETOKEN_TLS, "", "");
}

/* ---- purposes ------------------------------------------------------------------------------- */

bool verify_has_purpose(const mbedtls_x509_crt *certificate, span oid) {
    const mbedtls_x509_sequence *each = &certificate->ext_key_usage;
    for (; each != NULL && each->buf.p != NULL; each = each->next) {
        if (span_equal((span){(const char *)each->buf.p, each->buf.len}, oid)) {
            return true;
        }
    }
    return false;
}

/* An extended key usage must have serverAuth. For a CA, which it restricts with everything below
 * (CA/Browser Forum, Baseline Requirements 7.1.2.2.4 and 7.1.2.10.6), anyExtendedKeyUsage means no
 * restriction; a server's certificate must not have it (7.1.2.7.10). */
static bool verify_is_for_servers(const mbedtls_x509_crt *certificate, int depth) {
    return certificate->ext_key_usage.buf.p == NULL ||
           verify_has_purpose(certificate, SPAN(MBEDTLS_OID_SERVER_AUTH)) ||
           (depth > 0 && verify_has_purpose(certificate, SPAN(MBEDTLS_OID_ANY_EXTENDED_KEY_USAGE)));
}

/* ---- the server's own certificate ----------------------------------------------------------- */

static bool verify_name_matches(const struct verify *verify, const mbedtls_x509_buf *name) {
    const span text = {(const char *)name->p, name->len};
    int choice = name->tag & MBEDTLS_ASN1_TAG_VALUE_MASK;
    if (verify->address_size > 0) {
        const span address = {(const char *)verify->address, verify->address_size};
        return choice == MBEDTLS_X509_SAN_IP_ADDRESS && span_equal(text, address);
    }
    return choice == MBEDTLS_X509_SAN_DNS_NAME && identity_matches_name(text, verify->host);
}

/* RFC 9525: only the subjectAltName counts, whatever the subject says. */
static bool verify_is_for_host(const struct verify *verify, const mbedtls_x509_crt *certificate) {
    const mbedtls_x509_sequence *each = &certificate->subject_alt_names;
    for (; each != NULL && each->buf.p != NULL; each = each->next) {
        if (verify_name_matches(verify, &each->buf)) {
            return true;
        }
    }
    return false;
}

static uint32_t verify_check_leaf(const struct verify *verify,
                                  const mbedtls_x509_crt *certificate) {
    uint32_t flags = 0;
    if (!verify_is_for_host(verify, certificate)) {
        flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    }
    /* Every key exchange that is offered is signed (RFC 8446 4.4.2.2, RFC 8422 5.3). */
    if (mbedtls_x509_crt_check_key_usage(certificate, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) != 0) {
        flags |= MBEDTLS_X509_BADCERT_KEY_USAGE;
    }
    if (mbedtls_x509_crt_get_ca_istrue(certificate) == 1 && !verify->path.leaf_is_root) {
        flags |= VERIFY_CA_LEAF;
    }
    if (verify->pins != NULL && !verify->path.is_pinned) {
        flags |= VERIFY_NOT_PINNED;
    }
    return flags;
}

/* ---- the path, from its root down ----------------------------------------------------------- */

/* Out of memory leaves it unpinned, and so refused. */
static void verify_record_pin(struct verify *verify, const mbedtls_x509_crt *certificate) {
    struct verify_path *path = &verify->path;
    char pin[PIN_SIZE];
    size_t size = strlen(path->pins_seen);
    const span key = {(const char *)certificate->pk_raw.p, certificate->pk_raw.len};
    if (!pin_of(key, pin)) {
        return;
    }
    path->is_pinned = path->is_pinned || pin_is_listed(verify->pins, pin);
    if (size + PIN_SIZE < sizeof path->pins_seen) {
        memcpy(path->pins_seen + size, size > 0 ? "," : "", 1);
        memcpy(path->pins_seen + size + (size > 0 ? 1 : 0), pin, sizeof pin);
    }
}

/* RFC 5280 6.1.3 (b), (c): constraints do not apply to a self-issued CA; to a leaf they do. */
static uint32_t verify_check_constraints(const struct verify_path *path,
                                         const mbedtls_x509_crt *certificate, int depth) {
    bool is_exempt = depth > 0 && policy_is_self_issued(certificate);
    for (size_t i = 0; i < path->constraints_count && !is_exempt; i++) {
        if (!constraints_allow(path->constraints[i], certificate)) {
            return VERIFY_OUTSIDE_CONSTRAINTS;
        }
    }
    return 0;
}

/* RFC 5280 6.1.4 (l), (m), (n). A root's path length counts, too. */
static uint32_t verify_check_path_length(struct verify_path *path,
                                         const mbedtls_x509_crt *certificate, int depth) {
    bool is_root = (size_t)depth >= path->length;
    bool is_exceeded = false;
    if (!is_root && !policy_is_self_issued(certificate)) {
        is_exceeded = path->cas_left == 0;
        path->cas_left -= is_exceeded ? 0 : 1;
    }
    if (certificate->max_pathlen < 0 && (size_t)-certificate->max_pathlen <= path->cas_left) {
        path->cas_left = (size_t)-certificate->max_pathlen - 1;
    }
    return is_exceeded ? VERIFY_PATH_LENGTH : 0;
}

/* LIMIT_CHAIN is Mbed TLS's limit too: there is room for all of them. */
static void verify_record_constraints(struct verify_path *path,
                                      const mbedtls_x509_crt *certificate) {
    span constraints = constraints_of(certificate);
    if (constraints.size > 0 && path->constraints_count < LIMIT_CHAIN) {
        path->constraints[path->constraints_count++] = constraints;
    }
}

/* Mbed TLS flags a certificate that its issuer did not sign, and one that has none. The signature
 * of one that is trusted as it is does not matter; one with a weak hash cannot be checked, and that
 * is the only fault then. */
static void verify_record_link(struct verify_path *path, int depth, uint32_t *flags) {
    const uint32_t link = MBEDTLS_X509_BADCERT_NOT_TRUSTED;
    bool is_weak = (*flags & MBEDTLS_X509_BADCERT_BAD_MD) != 0;
    if (path->leaf_is_root) {
        *flags &= ~(link | (uint32_t)MBEDTLS_X509_BADCERT_BAD_MD);
    } else if ((*flags & link) != 0) {
        path->unsigned_links |= UINT64_C(1) << depth;
        *flags ^= is_weak ? link : 0;
    }
}

int verify_certificate(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags) {
    struct verify *verify = context;
    struct verify_path *path = &verify->path;
    describe_to_log(verify->log, certificate, depth);
    verify_record_link(path, depth, flags);
    *flags |= verify_check_constraints(path, certificate, depth);
    verify_record_constraints(path, certificate);
    if (verify->pins != NULL) {
        verify_record_pin(verify, certificate);
    }
    if (!verify_is_for_servers(certificate, depth)) {
        *flags |= MBEDTLS_X509_BADCERT_EXT_KEY_USAGE;
    }
    if ((size_t)depth < path->length && !policy_check(&path->policy, certificate, depth == 0)) {
        *flags |= VERIFY_NO_POLICY;
    }
    *flags |= depth > 0 ? verify_check_path_length(path, certificate, depth)
                        : verify_check_leaf(verify, certificate);
    if (*flags != 0) {
        describe_faults(verify, certificate, depth, *flags);
        path->flags |= *flags;
    }
    return 0;
}
