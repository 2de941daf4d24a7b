/* Mbed TLS keeps what the last alert said in a member that is private and has no accessor. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS

#include "tls/tls.h"

#include "base/error.h"
#include "os/random.h"
#include "tls/alert.h"
#include "tls/verify.h"

#include <errno.h>
#include <mbedtls/cipher.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/rsa.h>
#include <mbedtls/ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <psa/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

const char tls_library_version[] = MBEDTLS_VERSION_STRING;
#ifdef MBEDTLS_SSL_PROTO_TLS1_2
#define VERSIONS "1.2, 1.3"
#else
#define VERSIONS "1.3"
#endif
const char tls_versions[] = VERSIONS;

struct tls {
    int fd;
    int system_errno; /* of the last transfer that failed; 0: none did */
    bool ended_well;
    const struct log *log;
    struct verify verify;
    char host[LIMIT_HOST + 1]; /* without a final dot: SNI has none (RFC 6066 3) */
    uint16_t group;            /* of the key exchange; 0: not known yet */
    mbedtls_ssl_config config;
    mbedtls_ssl_context ssl;
};

/* Beside Mbed TLS's source: it has no accessor. */
uint16_t session_group(const mbedtls_ssl_context *ssl);

/* ---- the kernel's randomness ----------------------------------------------------------------- */

static int fill_random(void *context, unsigned char *out, size_t size) {
    (void)context;
    return random_fill(out, size) ? 0 : MBEDTLS_ERR_SSL_NO_RNG;
}

/* Mbed TLS's hook for its own use of PSA. */
psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context,
                                             uint8_t *output, size_t output_size,
                                             size_t *output_length) {
    (void)context;
    if (fill_random(NULL, output, output_size) != 0) {
        return PSA_ERROR_INSUFFICIENT_ENTROPY;
    }
    *output_length = output_size;
    return PSA_SUCCESS;
}

/* ---- the socket ----------------------------------------------------------------------------- */

static bool would_block(int number) {
    return number == EAGAIN || number == EWOULDBLOCK || number == EINTR;
}

static int send_bytes(void *context, const unsigned char *bytes, size_t size) {
    struct tls *tls = context;
    ssize_t sent = send(tls->fd, bytes, size, MSG_NOSIGNAL);
    if (sent >= 0) {
        return (int)sent;
    }
    if (would_block(errno)) {
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    }
    tls->system_errno = errno;
    return MBEDTLS_ERR_NET_SEND_FAILED;
}

static int receive_bytes(void *context, unsigned char *bytes, size_t size) {
    struct tls *tls = context;
    ssize_t got = recv(tls->fd, bytes, size, 0);
    if (got >= 0) {
        return (int)got;
    }
    if (would_block(errno)) {
        /* A server with Nagle's delay holds its answer back until what it sent before it, session
         * tickets, is acknowledged, which the kernel here would do 40 ms later. */
        const int on = 1;
        (void)setsockopt(tls->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    tls->system_errno = errno;
    return MBEDTLS_ERR_NET_RECV_FAILED;
}

/* ---- set-up --------------------------------------------------------------------------------- */

static int configure(struct tls *tls) {
    /* The first is the only one that a key share is sent for: every server of TLS 1.3 must take it
     * (RFC 8446 9.1), and it costs less than X25519 does here. With those that take another alone
     * a handshake is one round trip longer. */
    static const uint16_t groups[] = {
        MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
        MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1, MBEDTLS_SSL_IANA_TLS_GROUP_NONE};
    static const char *protocols[] = {"http/1.1", NULL};
    int code =
        mbedtls_ssl_config_defaults(&tls->config, MBEDTLS_SSL_IS_CLIENT,
                                    MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    if (code != 0) {
        return code;
    }
    mbedtls_ssl_conf_rng(&tls->config, fill_random, NULL);
    mbedtls_ssl_conf_groups(&tls->config, groups);
    mbedtls_ssl_conf_authmode(&tls->config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_cert_profile(&tls->config, &verify_profile);
    mbedtls_ssl_conf_ca_cb(&tls->config, verify_find_roots, &tls->verify);
    mbedtls_ssl_conf_verify(&tls->config, verify_certificate, &tls->verify);
    code = mbedtls_ssl_conf_alpn_protocols(&tls->config, protocols);
    return code != 0 ? code : mbedtls_ssl_setup(&tls->ssl, &tls->config);
}

static int set_host(struct tls *tls, span host, const struct tls_trust *trust) {
    if (host.size > 0 && host.data[host.size - 1] == '.') {
        host.size--;
    }
    memcpy(tls->host, host.data, host.size);
    verify_init(&tls->verify, (span){tls->host, host.size}, trust->roots, trust->pins, tls->log);
    /* An address is no server name (RFC 6066 3) and not matched by Mbed TLS as it must be: verify.c
     * alone decides. */
    return mbedtls_ssl_set_hostname(&tls->ssl, tls->verify.address_size > 0 ? NULL : tls->host);
}

struct tls *tls_new(int fd, span host, const struct tls_trust *trust, const struct log *log,
                    pinetoken_error *error) {
    struct tls *tls = calloc(1, sizeof *tls);
    if (tls == NULL || host.size > LIMIT_HOST) {
        free(tls);
        error_set(error, PINETOKEN_INTERNAL, "TLS: out of memory", "");
        return NULL;
    }
    tls->fd = fd;
    tls->log = log;
    mbedtls_ssl_config_init(&tls->config);
    mbedtls_ssl_init(&tls->ssl);
    int code = psa_crypto_init() == PSA_SUCCESS ? configure(tls) : MBEDTLS_ERR_SSL_NO_RNG;
    if (code == 0) {
        code = set_host(tls, host, trust);
    }
    if (code != 0) {
        tls_free(tls);
        error_set(error, PINETOKEN_INTERNAL, "TLS: set-up failed, out of memory or randomness", "");
        error->tls_code = code;
        return NULL;
    }
    mbedtls_ssl_set_bio(&tls->ssl, tls, send_bytes, receive_bytes, NULL);
    return tls;
}

void tls_free(struct tls *tls) {
    if (tls == NULL) {
        return;
    }
    mbedtls_ssl_free(&tls->ssl);
    mbedtls_ssl_config_free(&tls->config);
    free(tls);
}

/* ---- what went wrong ------------------------------------------------------------------------ */

/* The usual ones in words; NULL: a number must do. */
static const char *explain(int code) {
    /* Without the low bits, which tell where in a certificate it is. */
    switch (-(-code & ~0x7f)) {
        case MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG:
            return "a certificate is signed in a way that is not accepted (not SHA-2)";
        case MBEDTLS_ERR_X509_INVALID_EXTENSIONS:
            return "a certificate has an extension that cannot be read, or is critical and unknown";
        default: break;
    }
    switch (code) {
        case MBEDTLS_ERR_SSL_INVALID_RECORD:
        case MBEDTLS_ERR_SSL_UNEXPECTED_RECORD:
            return "what answers there does not speak TLS (check host and port)";
        case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
            return "no version in common with the server (offered: " VERSIONS ")";
        case MBEDTLS_ERR_SSL_NO_APPLICATION_PROTOCOL:
            return "the server does not speak HTTP/1.1 (ALPN)";
        case MBEDTLS_ERR_SSL_NO_RNG: return "no randomness from the kernel";
        case MBEDTLS_ERR_SSL_INVALID_MAC: return "a record was changed on its way";
        case MBEDTLS_ERR_ECP_VERIFY_FAILED:
        case MBEDTLS_ERR_RSA_VERIFY_FAILED:
            return "the server's signature is wrong: another key, or changed on its way";
        default: return NULL;
    }
}

static bool is_out_of_memory(int code) {
    static const int codes[] = {
        MBEDTLS_ERR_SSL_ALLOC_FAILED,    MBEDTLS_ERR_X509_ALLOC_FAILED,
        MBEDTLS_ERR_MPI_ALLOC_FAILED,    MBEDTLS_ERR_ECP_ALLOC_FAILED,
        MBEDTLS_ERR_PK_ALLOC_FAILED,     MBEDTLS_ERR_MD_ALLOC_FAILED,
        MBEDTLS_ERR_CIPHER_ALLOC_FAILED, MBEDTLS_ERR_ASN1_ALLOC_FAILED,
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i] == code) {
            return true;
        }
    }
    return false;
}

static void append_code(pinetoken_error *error, int code) {
    static const char hex[] = "0123456789abcdef";
    unsigned number = (unsigned)-code;
    char text[] = "0000";
    for (size_t i = 4; i > 0; i--) {
        text[i - 1] = hex[number & 15];
        number >>= 4;
    }
    error_add(error, "Mbed TLS error -0x");
    error_add(error, text);
}

static enum net_progress fail_alert(const struct tls *tls, pinetoken_error *error) {
    int alert = tls->ssl.in_msg[1];
    error_begin(error, PINETOKEN_TLS, "TLS: the server refused with alert ");
    error_add(error, alert_name(alert));
    error_add(error, " (");
    error_add_number(error, alert);
    error_add(error, ")");
    error_advise(error, alert_advice(alert));
    error->tls_alert = alert;
    return NET_FAILED;
}

static enum net_progress fail_network(const struct tls *tls, pinetoken_error *error) {
    error_begin(error, PINETOKEN_NETWORK, "connection: ");
    error_add(error, tls->system_errno != 0 ? strerror(tls->system_errno)
                                            : "closed by the peer in the TLS handshake");
    error_advise(error, "try again; check firewall and port");
    error->system_errno = tls->system_errno;
    error->transient = true;
    return NET_FAILED;
}

/* Sorts a negative code of Mbed TLS's. */
static enum net_progress stop(const struct tls *tls, int code, pinetoken_error *error) {
    if (code == MBEDTLS_ERR_SSL_WANT_READ) {
        return NET_WANT_READ;
    }
    if (code == MBEDTLS_ERR_SSL_WANT_WRITE) {
        return NET_WANT_WRITE;
    }
    if (tls->system_errno != 0 || code == MBEDTLS_ERR_SSL_CONN_EOF) {
        return fail_network(tls, error);
    }
    if (code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
        return fail_alert(tls, error);
    }
    if (code == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED) {
        (void)verify_explain(&tls->verify, mbedtls_ssl_get_verify_result(&tls->ssl), error);
    } else if (is_out_of_memory(code)) {
        error_set(error, PINETOKEN_INTERNAL, "TLS: out of memory", "");
    } else {
        const char *why = explain(code);
        error_begin(error, PINETOKEN_TLS, "TLS: ");
        error_add(error, why != NULL ? why
                                     : "what the server sent breaks a rule, or was changed "
                                       "on its way: ");
        if (why == NULL) {
            append_code(error, code);
        }
    }
    error->tls_code = code;
    return NET_FAILED;
}

/* ---- transfers ------------------------------------------------------------------------------ */

static const char *group_name(uint16_t group) {
    switch (group) {
        case MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1: return "P-256";
        case MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1: return "P-384";
        case MBEDTLS_SSL_IANA_TLS_GROUP_X25519: return "X25519";
        default: return "unknown";
    }
}

static void log_session(const struct tls *tls) {
    const char *protocol = mbedtls_ssl_get_alpn_protocol(&tls->ssl);
    const struct log *log = tls->log;
    log_event(log, EVENT_TLS_VERSION, span_text(mbedtls_ssl_get_version(&tls->ssl)), -1);
    log_event(log, EVENT_TLS_SUITE, span_text(mbedtls_ssl_get_ciphersuite(&tls->ssl)), -1);
    log_event(log, EVENT_TLS_GROUP, span_text(group_name(tls->group)), -1);
    log_event(log, EVENT_TLS_ALPN, span_text(protocol != NULL ? protocol : "none"), -1);
}

enum net_progress tls_handshake(struct tls *tls, pinetoken_error *error) {
    while (mbedtls_ssl_is_handshake_over(&tls->ssl) == 0) {
        int code = mbedtls_ssl_handshake_step(&tls->ssl);
        if (code != 0) {
            return stop(tls, code, error);
        }
        uint16_t group = session_group(&tls->ssl);
        tls->group = group != 0 ? group : tls->group;
    }
    log_session(tls);
    return NET_DONE;
}

enum net_progress tls_write(struct tls *tls, span bytes, size_t *size, pinetoken_error *error) {
    int code = mbedtls_ssl_write(&tls->ssl, (const unsigned char *)bytes.data, bytes.size);
    if (code < 0) {
        return stop(tls, code, error);
    }
    *size = (size_t)code;
    return NET_DONE;
}

enum net_progress tls_read(struct tls *tls, char *data, size_t capacity, size_t *size,
                           pinetoken_error *error) {
    int code = 0;
    do {
        code = mbedtls_ssl_read(&tls->ssl, (unsigned char *)data, capacity);
    } while (code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET);
    tls->ended_well = code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY;
    if (code < 0 && !tls->ended_well) {
        return stop(tls, code, error);
    }
    *size = tls->ended_well ? 0 : (size_t)code;
    return NET_DONE;
}

bool tls_ended_well(const struct tls *tls) {
    return tls->ended_well;
}

void tls_close(struct tls *tls) {
    (void)mbedtls_ssl_close_notify(&tls->ssl);
}
