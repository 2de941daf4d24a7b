#include "tls/describe.h"

#include "base/build_date.h"
#include "base/calendar.h"
#include "base/error.h"
#include "base/ip.h"
#include "os/hooks.h"

#include <mbedtls/oid.h>
#include <string.h>

/* Of a subject; what does not fit is left out. */
#define DESCRIBE_NAME_MAX 512u
/* Of the names that a certificate is for; the host that it is not for comes first. */
#define DESCRIBE_ALTERNATIVES 3
#define DATES ((uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE))

static span describe_bytes(const mbedtls_x509_buf *bytes) {
    return (span){(const char *)bytes->p, bytes->len};
}

/* ---- names and dates ------------------------------------------------------------------------ */

/* The text of the entry that starts with the last byte of `oid`, which the others are before; NULL:
 * there is none. */
static const char *describe_find(span oid, span others, const char *entries) {
    while (*entries != '\0' && !(oid.size == others.size + 1 && span_starts(oid, others) &&
                                 oid.data[others.size] == *entries)) {
        entries += strlen(entries) + 1;
    }
    return *entries != '\0' ? entries + 1 : NULL;
}

/* RFC 4514 3; NULL: not one of these. */
static const char *describe_attribute(span oid) {
    const char *name = describe_find(oid, SPAN("\x55\x04"), "\3CN\0\7L\0\10ST\0\12O\0\13OU\0\6C\0");
    return name == NULL && span_equal(oid, SPAN(MBEDTLS_OID_DOMAIN_COMPONENT)) ? "DC" : name;
}

/* "CN=name, O=company", in the order of the certificate, or only the CN; as much as fits. */
static void describe_write_name(struct buffer *out, const mbedtls_x509_name *name, bool only_cn) {
    for (const mbedtls_x509_name *each = name; each != NULL; each = each->next) {
        const char *type = describe_attribute(describe_bytes(&each->oid));
        if (type == NULL || (only_cn && strcmp(type, "CN") != 0)) {
            continue;
        }
        buffer_append(out, out->size > 0 ? SPAN(", ") : SPAN(""));
        buffer_append_text(out, type);
        buffer_append_byte(out, '=');
        buffer_append(out, describe_bytes(&each->val));
    }
}

/* In quotes: its CN, or, without one, all of it. */
static void describe_add_name(pinetoken_error *error, const mbedtls_x509_name *name) {
    char text[DESCRIBE_NAME_MAX];
    struct buffer out;
    buffer_init(&out, text, sizeof text);
    describe_write_name(&out, name, true);
    if (out.size == 0) {
        describe_write_name(&out, name, false);
    }
    error_add_quoted(error, buffer_span(&out));
}

static void describe_write_time(const mbedtls_x509_time *time, char out[CALENDAR_TEXT]) {
    const struct calendar calendar = {.year = time->year,
                                      .month = time->mon,
                                      .day = time->day,
                                      .hour = time->hour,
                                      .minute = time->min};
    calendar_write(&calendar, out);
}

/* The first `size` characters: 10 are the date. */
static void describe_add_time(pinetoken_error *error, const mbedtls_x509_time *time, size_t size) {
    char text[CALENDAR_TEXT];
    describe_write_time(time, text);
    text[size] = '\0';
    error_add(error, text);
}

static void describe_add_unix_time(pinetoken_error *error, int64_t seconds) {
    char text[CALENDAR_TEXT];
    struct calendar date;
    calendar_from_unix(seconds, &date);
    calendar_write(&date, text);
    error_add(error, text);
}

/* A dNSName or an iPAddress of a subjectAltName. False: another kind, nothing is added. */
static bool describe_add_alternative(pinetoken_error *error, const char *before,
                                     const mbedtls_x509_buf *name) {
    char text[64];
    struct buffer out;
    int choice = name->tag & MBEDTLS_ASN1_TAG_VALUE_MASK;
    if (choice == MBEDTLS_X509_SAN_DNS_NAME) {
        error_add(error, before);
        error_add_quoted(error, describe_bytes(name));
        return true;
    }
    if (choice != MBEDTLS_X509_SAN_IP_ADDRESS || (name->len != 4 && name->len != 16)) {
        return false;
    }
    buffer_init(&out, text, sizeof text);
    ip_write(&out, name->p, name->len);
    error_add(error, before);
    error_add(error, buffer_terminate(&out));
    return true;
}

/* ---- faults --------------------------------------------------------------------------------- */

static void describe_add_mismatch(pinetoken_error *error, const struct verify *verify,
                                  const mbedtls_x509_crt *certificate) {
    const mbedtls_x509_sequence *each = &certificate->subject_alt_names;
    int count = 0;
    error_add(error, verify->address_size > 0 ? " is not for the address " : " is not for ");
    error_add_quoted(error, verify->host);
    for (; each != NULL && each->buf.p != NULL && count < DESCRIBE_ALTERNATIVES;
         each = each->next) {
        count += describe_add_alternative(error, count == 0 ? " but for " : ", ", &each->buf);
    }
    error_add(error, count == 0 ? ": it has no subjectAltName with names or addresses"
                     : each != NULL && each->buf.p != NULL ? " and others"
                                                           : "");
}

/* RFC 5280 4.2.1.12. */
static const char *describe_purpose(span oid) {
    const char *name = describe_find(oid, SPAN("\x2b\x06\x01\x05\x05\x07\x03"),
                                     "\2clientAuth\0\3codeSigning\0\4emailProtection\0"
                                     "\10timeStamping\0\11OCSPSigning\0");
    if (span_equal(oid, SPAN(MBEDTLS_OID_ANY_EXTENDED_KEY_USAGE))) {
        name = "anyExtendedKeyUsage";
    }
    return name != NULL ? name : "another purpose";
}

static void describe_add_purposes(pinetoken_error *error, const mbedtls_x509_crt *certificate) {
    const mbedtls_x509_sequence *each = &certificate->ext_key_usage;
    const char *before = " is only for ";
    for (; each != NULL && each->buf.p != NULL; each = each->next) {
        error_add(error, before);
        error_add(error, describe_purpose(describe_bytes(&each->buf)));
        before = ", ";
    }
    error_add(error, ", not for serverAuth");
}

/* Each fault that needs no more than a clause. */
static const struct {
    uint32_t flag;
    const char *text;
} describe_clauses[] = {
    {VERIFY_NO_POLICY, " has none of the certificate policies that a CA above it requires"},
    {VERIFY_PATH_LENGTH, " is one CA more than the path length of a CA above it allows"},
    {VERIFY_CA_LEAF, " is a CA's, not a server's"},
    {VERIFY_OUTSIDE_CONSTRAINTS, " has a name that name constraints of a CA above it exclude"},
    {MBEDTLS_X509_BADCERT_KEY_USAGE, " has a key usage without digitalSignature"},
    {MBEDTLS_X509_BADCERT_BAD_MD, " is signed with a weak hash, not with SHA-2"},
    {MBEDTLS_X509_BADCERT_BAD_PK, " has a kind of key or signature that is not accepted"},
    {MBEDTLS_X509_BADCERT_BAD_KEY,
     " has, or is signed by, a key that is too short or on another curve: RSA from 2048 bits, "
     "P-256 and P-384 are accepted"},
};

static void describe_add_clause(pinetoken_error *error, uint32_t flag) {
    for (size_t i = 0; i < sizeof describe_clauses / sizeof describe_clauses[0]; i++) {
        error_add(error, flag == describe_clauses[i].flag ? describe_clauses[i].text : "");
    }
}

/* Why a certificate leads to no trusted root: its issuer did not sign it, or is not trusted. */
static void describe_add_untrusted(const struct verify *verify, pinetoken_error *error,
                                   const mbedtls_x509_crt *certificate, int depth) {
    const struct verify_path *path = &verify->path;
    const struct roots *roots = verify->roots;
    bool has_issuer = (size_t)depth + 1 < path->length;
    if (has_issuer) {
        error_add(error, " is not signed by the key of its issuer ");
    } else {
        error_add(error, " leads to no trusted root: its issuer ");
    }
    describe_add_name(error, &certificate->issuer);
    if (has_issuer) {
        return;
    }
    const char *what = " is not in ";
    if (path->root != NULL) {
        bool is_ca = path->root->version < 3 || mbedtls_x509_crt_get_ca_istrue(path->root) == 1;
        what = is_ca ? " has another key in " : " is not a CA in ";
    }
    error_add(error, what);
    if (roots->is_builtin) {
        error_add(error, "the built-in roots");
    } else {
        error_add_quoted(error, span_text(roots->origin));
    }
    if (roots->bundle.skipped > 0) {
        error_add(error, ", of which ");
        error_add_number(error, (int64_t)roots->bundle.skipped);
        error_add(error, " are unreadable or too large");
    }
}

static void describe_add_fault(struct verify *verify, const mbedtls_x509_crt *certificate,
                               int depth, uint32_t flag) {
    pinetoken_error *error = &verify->path.error;
    switch (flag) {
        case MBEDTLS_X509_BADCERT_NOT_TRUSTED:
            describe_add_untrusted(verify, error, certificate, depth);
            break;
        case MBEDTLS_X509_BADCERT_EXPIRED:
            error_add(error, " expired on ");
            describe_add_time(error, &certificate->valid_to, 10);
            break;
        case MBEDTLS_X509_BADCERT_FUTURE:
            error_add(error, " is not valid before ");
            describe_add_time(error, &certificate->valid_from, CALENDAR_TEXT - 1);
            break;
        case MBEDTLS_X509_BADCERT_CN_MISMATCH:
            describe_add_mismatch(error, verify, certificate);
            break;
        case MBEDTLS_X509_BADCERT_EXT_KEY_USAGE: describe_add_purposes(error, certificate); break;
        case MBEDTLS_X509_BADCERT_REVOKED:
            error_add(error, " was revoked on ");
            describe_add_unix_time(error, verify->revoked_at);
            error_add(error, ": so says its CA in the OCSP response that the server sent");
            break;
        case VERIFY_NO_STAPLE:
            error_add(error, " requires a stapled OCSP response, but ");
            error_add(error, verify->staple_fault);
            break;
        case VERIFY_NOT_PINNED:
            error_add(error, " and those above it have none of the pins, but ");
            error_add(error, verify->path.pins_seen);
            break;
        default: describe_add_clause(error, flag); break;
    }
}

void describe_faults(struct verify *verify, const mbedtls_x509_crt *certificate, int depth,
                     uint32_t flags) {
    pinetoken_error *error = &verify->path.error;
    const char *before = "";
    error_add(error, error->message[0] == '\0' ? "certificate of " : "; that of ");
    describe_add_name(error, &certificate->subject);
    for (uint32_t flag = 1; flag != 0; flag <<= 1) {
        if ((flags & flag) != 0) {
            error_add(error, before);
            describe_add_fault(verify, certificate, depth, flag);
            before = " and";
        }
    }
}

/* ---- what cannot be read --------------------------------------------------------------------- */

/* The low bits of X.509's codes name a place; an algorithm's own are above theirs. */
const char *describe_unreadable(int code) {
    int high = -code & 0xff80;
    switch (-high) {
        case MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG:
            return "its certificate is signed in a way that is not accepted: ECDSA or RSA with "
                   "SHA-256, SHA-384 or SHA-512 is";
        case MBEDTLS_ERR_X509_INVALID_EXTENSIONS:
            return "its certificate has an extension that cannot be read, or is critical and "
                   "unknown";
        default: break;
    }
    return high > -MBEDTLS_ERR_X509_FATAL_ERROR ? "its certificate has a key that is damaged or of "
                                                  "a kind that is not accepted: RSA, "
                                                  "P-256 and P-384 are"
                                                : "its certificate cannot be read";
}

/* ---- the error ------------------------------------------------------------------------------ */

static const char *describe_advice(uint32_t flags) {
    if ((flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0) {
        return "if you trust its issuer, give a file with that CA: --ca-file or SSL_CERT_FILE";
    }
    if ((flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) != 0) {
        return "check the host in the URL, and whether something else answers in its place";
    }
    if ((flags & VERIFY_NOT_PINNED) != 0) {
        return "if one of these is right, give it with --pin";
    }
    if ((flags & MBEDTLS_X509_BADCERT_FUTURE) != 0) {
        return "check the system's clock";
    }
    if ((flags & MBEDTLS_X509_BADCERT_EXPIRED) != 0) {
        return "the server must renew it, unless the system's clock is wrong";
    }
    if ((flags & VERIFY_NO_STAPLE) != 0) {
        return "OCSP stapling must be switched on, or repaired, on the server";
    }
    return "the server must replace it";
}

/* A system without a battery for its clock starts in 1970. */
static void describe_clock(int64_t now, pinetoken_error *error) {
    uint32_t flags = error->verify_flags;
    error_set(error, PINETOKEN_CLOCK, "clock: the system's says ", "");
    describe_add_unix_time(error, now);
    error_add(error, ", but this program was built on ");
    describe_add_unix_time(error, build_date);
    error_add(error, ": by that clock no certificate is valid yet");
    error_advise(error, "set the clock, or wait until it is set: --wait-clock");
    error->verify_flags = flags;
}

void describe_refusal(const struct verify *verify, uint32_t flags, pinetoken_error *error) {
    int64_t now = hooks_now();
    *error = verify->path.error;
    error->verify_flags = verify->path.flags | flags;
    if ((error->verify_flags & ~DATES) == 0 && error->verify_flags != 0 && now < build_date) {
        describe_clock(now, error);
        return;
    }
    if (error->message[0] == '\0') {
        error_add(error, "certificate: its key or usage is not accepted");
    }
    if (verify->has_unreadable) {
        error_add(error, "; the server also sent one that cannot be read, or that has an unknown "
                         "critical extension");
    }
    if ((error->verify_flags & VERIFY_TOO_COMPLEX) != 0) {
        error_add(error, "; there are too many paths to try");
    }
    error_advise(error, describe_advice(error->verify_flags));
}

/* ---- the log -------------------------------------------------------------------------------- */

static void describe_log_details(const struct log *log, const mbedtls_x509_crt *certificate) {
    bool is_rsa = mbedtls_pk_can_do(&certificate->pk, MBEDTLS_PK_RSA) != 0;
    char time[CALENDAR_TEXT];
    char pin[PIN_SIZE];
    describe_write_time(&certificate->valid_from, time);
    log_event(log, EVENT_TLS_VALID_FROM, span_text(time), -1);
    describe_write_time(&certificate->valid_to, time);
    log_event(log, EVENT_TLS_VALID_UNTIL, span_text(time), -1);
    log_event(log, EVENT_TLS_KEY, is_rsa ? SPAN("RSA") : SPAN("EC"),
              (int64_t)mbedtls_pk_get_bitlen(&certificate->pk));
    if (pin_of(describe_bytes(&certificate->pk_raw), pin)) {
        log_event(log, EVENT_TLS_PIN, span_text(pin), -1);
    }
}

void describe_to_log(const struct log *log, const mbedtls_x509_crt *certificate, int depth) {
    char text[DESCRIBE_NAME_MAX];
    struct buffer out;
    buffer_init(&out, text, sizeof text);
    describe_write_name(&out, &certificate->subject, false);
    log_event(log, depth == 0 ? EVENT_TLS_CERTIFICATE : EVENT_TLS_CA_CERTIFICATE, buffer_span(&out),
              -1);
    if (log_wants(log, PINETOKEN_LOG_TRACE)) {
        describe_log_details(log, certificate);
    }
}
