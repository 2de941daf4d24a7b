#include "tls/verify.h"

#include "base/buffer.h"
#include "base/build_date.h"
#include "base/calendar.h"
#include "base/error.h"
#include "base/ip.h"
#include "os/hooks.h"
#include "tls/constraints.h"
#include "trust/identity.h"

#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/sha1.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* GeneralName's choices (RFC 5280 4.2.1.6). */
#define SAN_DNS_NAME 2
#define SAN_IP_ADDRESS 7
/* Of a subject in messages; what is longer is left out. */
#define OPTION_NAME_MAX 512u

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

/* Mbed TLS's hook for the validity of certificates, which it asks for the present alone: by the
 * caller's clock, and without the C library's time zones. */
struct tm *mbedtls_platform_gmtime_r(const mbedtls_time_t *tt, struct tm *tm_buf) {
    struct calendar calendar;
    (void)tt;
    calendar_from_unix(hooks_now(), &calendar);
    *tm_buf = (struct tm){.tm_year = (int)(calendar.year - 1900),
                          .tm_mon = calendar.month - 1,
                          .tm_mday = calendar.day,
                          .tm_hour = calendar.hour,
                          .tm_min = calendar.minute,
                          .tm_sec = calendar.second};
    return tm_buf;
}

/* Mbed TLS's hook for SHA-1, whose signatures are refused: there is nothing to compute (5 KB). */
int mbedtls_internal_sha1_process(mbedtls_sha1_context *ctx, const unsigned char data[64]) {
    (void)ctx;
    (void)data;
    return MBEDTLS_ERR_MD_FEATURE_UNAVAILABLE;
}

void verify_init(struct verify *verify, span host, const struct roots *roots,
                 const char *const *pins, const struct log *log) {
    *verify = (struct verify){.host = host, .roots = roots, .pins = pins, .log = log};
    if (!ip_parse(host, verify->address, &verify->address_size)) {
        verify->address_size = 0;
    }
    error_set(&verify->error, PINETOKEN_TLS, "", "");
}

int verify_parse_certificate(mbedtls_x509_crt *chain, const unsigned char *der, size_t size) {
    bool is_first = chain->version == 0;
    int code =
        mbedtls_x509_crt_parse_der_with_ext_cb(chain, der, size, 1, constraints_accept, NULL);
    /* Mbed TLS's handshake passes over one whose signature it does not know, in case no one needs
     * it; but everyone needs the end entity's. */
    bool is_unknown = code == MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG + MBEDTLS_ERR_OID_NOT_FOUND;
    return is_first && is_unknown ? MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG : code;
}

int verify_find_roots(void *context, const mbedtls_x509_crt *child, mbedtls_x509_crt **candidates) {
    struct verify *verify = context;
    const span issuer = {(const char *)child->issuer_raw.p, child->issuer_raw.len};
    unsigned char room[LIMIT_CERTIFICATE];
    size_t cursor = 0;
    span der;
    /* Mbed TLS frees the list, every part of it with free(). */
    mbedtls_x509_crt *list = calloc(1, sizeof *list);
    if (list == NULL) {
        return MBEDTLS_ERR_X509_ALLOC_FAILED;
    }
    mbedtls_x509_crt_init(list);
    while (roots_next(verify->roots, issuer, &cursor, room, &der)) {
        const unsigned char *bytes = (const unsigned char *)der.data;
        /* One that cannot be parsed is no candidate; one that there was no memory for may be the
         * one. */
        if (verify_parse_certificate(list, bytes, der.size) == MBEDTLS_ERR_X509_ALLOC_FAILED) {
            mbedtls_x509_crt_free(list);
            free(list);
            return MBEDTLS_ERR_X509_ALLOC_FAILED;
        }
    }
    *candidates = list;
    return 0;
}

/* ---- the end entity ------------------------------------------------------------------------- */

static bool name_is_for(const struct verify *verify, const mbedtls_x509_buf *name) {
    const span text = {(const char *)name->p, name->len};
    int choice = name->tag & MBEDTLS_ASN1_TAG_VALUE_MASK;
    if (verify->address_size > 0) {
        const span address = {(const char *)verify->address, verify->address_size};
        return choice == SAN_IP_ADDRESS && span_equal(text, address);
    }
    return choice == SAN_DNS_NAME && identity_matches_name(text, verify->host);
}

/* RFC 9525: subjectAltName decides, whatever the subject says. */
static bool is_for_host(const struct verify *verify, const mbedtls_x509_crt *certificate) {
    const mbedtls_x509_sequence *each = &certificate->subject_alt_names;
    for (; each != NULL && each->buf.p != NULL; each = each->next) {
        if (name_is_for(verify, &each->buf)) {
            return true;
        }
    }
    return false;
}

/* Where purposes are given, serverAuth must be one of them: anyExtendedKeyUsage does not stand for
 * it. */
static bool is_for_servers(const mbedtls_x509_crt *certificate) {
    const span server_auth = SPAN(MBEDTLS_OID_SERVER_AUTH);
    const mbedtls_x509_sequence *each = &certificate->ext_key_usage;
    if (each->buf.p == NULL) {
        return true;
    }
    for (; each != NULL; each = each->next) {
        if (span_equal((span){(const char *)each->buf.p, each->buf.len}, server_auth)) {
            return true;
        }
    }
    return false;
}

static uint32_t check_end_entity(const struct verify *verify, const mbedtls_x509_crt *certificate) {
    uint32_t flags = 0;
    if (!is_for_host(verify, certificate)) {
        flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    }
    if (!is_for_servers(certificate)) {
        flags |= MBEDTLS_X509_BADCERT_EXT_KEY_USAGE;
    }
    if (mbedtls_x509_crt_get_ca_istrue(certificate) == 1) {
        flags |= VERIFY_CA_LEAF;
    }
    return flags;
}

/* ---- the whole chain: Mbed TLS shows it from the root down -------------------------------------
 */

/* Out of memory leaves it unpinned, and so refused. */
static void note_pin(struct verify *verify, const mbedtls_x509_crt *certificate) {
    char pin[PIN_SIZE];
    size_t size = strlen(verify->pins_seen);
    const span key = {(const char *)certificate->pk_raw.p, certificate->pk_raw.len};
    if (!pin_of(key, pin)) {
        return;
    }
    verify->is_pinned = verify->is_pinned || pin_is_listed(verify->pins, pin);
    if (size + PIN_SIZE < sizeof verify->pins_seen) {
        memcpy(verify->pins_seen + size, size > 0 ? "," : "", 1);
        memcpy(verify->pins_seen + size + (size > 0 ? 1 : 0), pin, sizeof pin);
    }
}

static bool is_self_issued(const mbedtls_x509_crt *certificate) {
    const span subject = {(const char *)certificate->subject_raw.p, certificate->subject_raw.len};
    const span issuer = {(const char *)certificate->issuer_raw.p, certificate->issuer_raw.len};
    return span_equal(subject, issuer);
}

/* RFC 5280 6.1.3 (b), (c): a CA that issued itself anew is held to nothing; a leaf always is. */
static uint32_t check_constraints(const struct verify *verify, const mbedtls_x509_crt *certificate,
                                  int depth) {
    uint32_t flags = 0;
    if (depth > 0 && is_self_issued(certificate)) {
        return 0;
    }
    for (size_t i = 0; i < verify->constraints_count; i++) {
        switch (constraints_check(verify->constraints[i], certificate)) {
            case CONSTRAINTS_KEPT: break;
            case CONSTRAINTS_BROKEN: flags |= VERIFY_OUTSIDE_CONSTRAINTS; break;
            case CONSTRAINTS_UNKNOWN: flags |= VERIFY_UNKNOWN_CONSTRAINTS; break;
        }
    }
    return flags;
}

/* Mbed TLS's limit for a chain is LIMIT_CHAIN too: there is room for all of them. */
static void note_constraints(struct verify *verify, const mbedtls_x509_crt *certificate) {
    span constraints = constraints_of(certificate);
    if (constraints.size > 0 && verify->constraints_count < LIMIT_CHAIN) {
        verify->constraints[verify->constraints_count++] = constraints;
    }
}

/* ---- what is wrong, in words ---------------------------------------------------------------- */

/* RFC 4514 3; NULL: not one of these. */
static const char *attribute_name(span oid) {
    static const char names[][2][12] = {
        {MBEDTLS_OID_AT_CN, "CN"},           {MBEDTLS_OID_AT_LOCALITY, "L"},
        {MBEDTLS_OID_AT_STATE, "ST"},        {MBEDTLS_OID_AT_ORGANIZATION, "O"},
        {MBEDTLS_OID_AT_ORG_UNIT, "OU"},     {MBEDTLS_OID_AT_COUNTRY, "C"},
        {MBEDTLS_OID_DOMAIN_COMPONENT, "DC"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (span_equal(oid, span_text(names[i][0]))) {
            return names[i][1];
        }
    }
    return NULL;
}

/* "CN=name, O=company", in the order of the certificate, as much as fits. */
static void write_name(struct buffer *out, const mbedtls_x509_name *name) {
    for (const mbedtls_x509_name *each = name; each != NULL; each = each->next) {
        const char *type = attribute_name((span){(const char *)each->oid.p, each->oid.len});
        if (type == NULL) {
            continue;
        }
        buffer_append(out, out->size > 0 ? SPAN(", ") : SPAN(""));
        buffer_append(out, span_text(type));
        buffer_append_byte(out, '=');
        buffer_append(out, (span){(const char *)each->val.p, each->val.len});
    }
}

static void quote_name(pinetoken_error *error, const mbedtls_x509_name *name) {
    char text[OPTION_NAME_MAX];
    struct buffer out;
    buffer_init(&out, text, sizeof text);
    write_name(&out, name);
    error_add_quoted(error, buffer_span(&out));
}

static void write_time(const mbedtls_x509_time *time, char out[CALENDAR_TEXT]) {
    const struct calendar calendar = {.year = time->year,
                                      .month = time->mon,
                                      .day = time->day,
                                      .hour = time->hour,
                                      .minute = time->min};
    calendar_write(&calendar, out);
}

static void append_time(pinetoken_error *error, const mbedtls_x509_time *time) {
    char text[CALENDAR_TEXT];
    write_time(time, text);
    error_add(error, text);
}

static void append_moment(pinetoken_error *error, int64_t seconds) {
    char text[CALENDAR_TEXT];
    struct calendar date;
    calendar_from_unix(seconds, &date);
    calendar_write(&date, text);
    error_add(error, text);
}

static void append_names(pinetoken_error *error, const struct verify *verify,
                         const mbedtls_x509_crt *certificate) {
    const mbedtls_x509_sequence *each = &certificate->subject_alt_names;
    const char *before = " is for ";
    for (; each != NULL && each->buf.p != NULL; each = each->next) {
        if ((each->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK) == SAN_DNS_NAME) {
            error_add(error, before);
            error_add_quoted(error, (span){(const char *)each->buf.p, each->buf.len});
            before = ", ";
        }
    }
    error_add(error, before[0] == ',' ? ", not for " : " has no subjectAltName for ");
    error_add_quoted(error, verify->host);
}

/* Each fault that needs no more than a sentence; what is not named here shows in verify_flags. */
static const struct {
    uint32_t flag;
    const char *text;
} faults[] = {
    {VERIFY_CA_LEAF, " is a CA's, not a server's"},
    {VERIFY_OUTSIDE_CONSTRAINTS,
     " has a name that the name constraints of a CA above it do not allow"},
    {VERIFY_UNKNOWN_CONSTRAINTS,
     " has a kind of name whose constraints by a CA above it cannot be checked"},
    {MBEDTLS_X509_BADCERT_EXT_KEY_USAGE, " is not for servers (no serverAuth)"},
    {MBEDTLS_X509_BADCERT_KEY_USAGE, " has a key usage that does not allow this"},
    {MBEDTLS_X509_BADCERT_BAD_MD, " is signed with a weak hash (not SHA-2)"},
    {MBEDTLS_X509_BADCERT_BAD_PK, " has a kind of key that is not accepted"},
    {MBEDTLS_X509_BADCERT_BAD_KEY,
     " has a key that is too short or of another curve (not RSA of 2048 bits or more, "
     "P-256 or P-384)"},
};

static void describe(struct verify *verify, const mbedtls_x509_crt *certificate, uint32_t flags) {
    pinetoken_error *error = &verify->error;
    error_add(error, error->message[0] == '\0' ? "certificate: " : "; ");
    quote_name(error, &certificate->subject);
    if ((flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0) {
        error_add(error, " leads to no trusted root, its issuer is ");
        quote_name(error, &certificate->issuer);
    }
    if ((flags & MBEDTLS_X509_BADCERT_EXPIRED) != 0) {
        error_add(error, " expired at ");
        append_time(error, &certificate->valid_to);
    }
    if ((flags & MBEDTLS_X509_BADCERT_FUTURE) != 0) {
        error_add(error, " is not valid before ");
        append_time(error, &certificate->valid_from);
    }
    if ((flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) != 0) {
        append_names(error, verify, certificate);
    }
    if ((flags & VERIFY_NOT_PINNED) != 0) {
        error_add(error, " and those above it have none of the pins, but ");
        error_add(error, verify->pins_seen);
    }
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        error_add(error, (flags & faults[i].flag) != 0 ? faults[i].text : "");
    }
}

static void log_key(const struct verify *verify, const mbedtls_x509_crt *certificate) {
    log_event(verify->log, EVENT_TLS_KEY,
              mbedtls_pk_can_do(&certificate->pk, MBEDTLS_PK_RSA) ? SPAN("RSA") : SPAN("EC"),
              (int64_t)mbedtls_pk_get_bitlen(&certificate->pk));
}

static void log_details(const struct verify *verify, const mbedtls_x509_crt *certificate) {
    const span key = {(const char *)certificate->pk_raw.p, certificate->pk_raw.len};
    char time[CALENDAR_TEXT];
    char pin[PIN_SIZE];
    if (!log_wants(verify->log, PINETOKEN_LOG_TRACE)) {
        return;
    }
    write_time(&certificate->valid_from, time);
    log_event(verify->log, EVENT_TLS_VALID_FROM, span_text(time), -1);
    write_time(&certificate->valid_to, time);
    log_event(verify->log, EVENT_TLS_VALID_UNTIL, span_text(time), -1);
    log_key(verify, certificate);
    if (pin_of(key, pin)) {
        log_event(verify->log, EVENT_TLS_PIN, span_text(pin), -1);
    }
}

static void log_certificate(const struct verify *verify, const mbedtls_x509_crt *certificate,
                            int depth) {
    char text[OPTION_NAME_MAX];
    struct buffer out;
    buffer_init(&out, text, sizeof text);
    write_name(&out, &certificate->subject);
    log_event(verify->log, depth == 0 ? EVENT_TLS_CERTIFICATE : EVENT_TLS_CA_CERTIFICATE,
              buffer_span(&out), -1);
    log_details(verify, certificate);
}

int verify_certificate(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags) {
    struct verify *verify = context;
    log_certificate(verify, certificate, depth);
    *flags |= check_constraints(verify, certificate, depth);
    note_constraints(verify, certificate);
    if (verify->pins != NULL) {
        note_pin(verify, certificate);
    }
    if (depth == 0) {
        *flags |= check_end_entity(verify, certificate);
        *flags |= verify->pins != NULL && !verify->is_pinned ? VERIFY_NOT_PINNED : 0;
    }
    if (*flags != 0) {
        describe(verify, certificate, *flags);
        verify->flags |= *flags;
    }
    return 0;
}

static void append_advice(pinetoken_error *error) {
    const uint32_t dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
    uint32_t flags = error->verify_flags;
    if ((flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0) {
        error_advise(error, "name a file with its root, if you trust it");
    } else if ((flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) != 0) {
        error_advise(error, "check the URL, and whether something answers in its place");
    } else if ((flags & VERIFY_NOT_PINNED) != 0) {
        error_advise(error, "pin one of these if it is right");
    } else if ((flags & dates) != 0) {
        error_advise(error, "check this machine's clock");
    } else {
        error_advise(error, "the issuer must change it");
    }
}

/* A machine without a battery for its clock starts in 1970. */
static bool explain_clock(int64_t now, pinetoken_error *error) {
    uint32_t flags = error->verify_flags;
    error_set(error, PINETOKEN_CLOCK, "clock: this machine's says ", "");
    append_moment(error, now);
    error_add(error, ", but this program is of ");
    append_moment(error, build_date);
    error_add(error, ": by that clock certificates are not valid yet");
    error_advise(error, "set it, or wait until it is set");
    error->verify_flags = flags;
    return false;
}

bool verify_explain(const struct verify *verify, uint32_t flags, pinetoken_error *error) {
    const uint32_t dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
    int64_t now = hooks_now();
    *error = verify->error;
    error->verify_flags = verify->flags | flags;
    if ((error->verify_flags & ~dates) == 0 && error->verify_flags != 0 && now < build_date) {
        return explain_clock(now, error);
    }
    if (error->message[0] == '\0') {
        error_add(error, "certificate: refused, its key usage does not allow this");
    }
    append_advice(error);
    return false;
}
