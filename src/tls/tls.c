#include "tls/tls.h"

#include "base/error.h"
#include "tls/alert.h"
#include "tls/describe.h"
#include "tls/mbedtls_hooks.h"
#include "tls/path.h"
#include "tls/reason.h"
#include "tls/staple.h"

#include <errno.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

const char tls_library_version[] = MBEDTLS_VERSION_STRING;
const char tls_versions[] = REASON_TLS_VERSIONS;

/* RFC 8446 6: an alert that it does not know. */
#define TLS_BAD_CERTIFICATE_STATUS_RESPONSE 113

struct tls {
    int fd;
    int64_t budget;   /* what this step may still transfer */
    int send_errno;   /* of the first send that failed; 0: none did */
    int system_errno; /* of what ended the connection; 0: nothing did */
    bool has_ended;   /* the peer's side of TCP */
    bool ended_well;
    struct net_peer peer; /* borrowed, for messages */
    const struct log *log;
    struct verify verify;
    char host[LIMIT_HOST + 1]; /* without a final dot: SNI has none (RFC 6066 3) */
    uint16_t group;            /* of the key exchange; 0: not known yet */
    mbedtls_ssl_config config;
    mbedtls_ssl_context ssl;
};

/* ---- the socket ----------------------------------------------------------------------------- */

static bool tls_would_block(int number) {
    return number == EAGAIN || number == EWOULDBLOCK || number == EINTR;
}

void tls_begin_step(struct tls *tls) {
    tls->budget = LIMIT_STEP_BYTES;
}

bool tls_step_is_over(const struct tls *tls) {
    return tls->budget <= 0;
}

static int tls_spend(struct tls *tls, ssize_t size) {
    tls->budget -= size + LIMIT_STEP_TRANSFER;
    return (int)size;
}

static int tls_send(void *context, const unsigned char *bytes, size_t size) {
    struct tls *tls = context;
    if (tls_step_is_over(tls)) {
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    }
    ssize_t sent = send(tls->fd, bytes, size, MSG_NOSIGNAL);
    if (sent >= 0) {
        return tls_spend(tls, sent);
    }
    if (tls_would_block(errno)) {
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    }
    /* The peer no longer reads, which is not the reason yet: an alert or a response that arrived
     * before is. It is read next, as if these bytes had been sent. */
    tls->send_errno = errno;
    return (int)size;
}

static int tls_receive(void *context, unsigned char *bytes, size_t size) {
    struct tls *tls = context;
    if (tls_step_is_over(tls)) {
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    ssize_t got = recv(tls->fd, bytes, size, 0);
    tls->has_ended = got == 0;
    if (got >= 0) {
        return tls_spend(tls, got);
    }
    if (tls_would_block(errno) && tls->send_errno == 0) {
        /* A server with Nagle's delay holds its response back until what it sent before, session
         * tickets, is acknowledged, which the kernel here would do 40 ms later. */
        const int on = 1;
        setsockopt(tls->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    tls->system_errno = tls->send_errno != 0 ? tls->send_errno : errno;
    return MBEDTLS_ERR_NET_RECV_FAILED;
}

/* ---- set-up --------------------------------------------------------------------------------- */

static int tls_configure(struct tls *tls, bool is_http) {
    /* The first is the only one that a key share is sent for: every server of TLS 1.3 must take it
     * (RFC 8446 9.1), and it costs less than X25519 does here. With a server that takes only
     * another one, a handshake is one round trip longer. */
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
    mbedtls_ssl_conf_rng(&tls->config, mbedtls_hooks_random, NULL);
    mbedtls_ssl_conf_groups(&tls->config, groups);
    mbedtls_ssl_conf_authmode(&tls->config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_cert_profile(&tls->config, &verify_profile);
    mbedtls_ssl_conf_verify(&tls->config, verify_certificate, &tls->verify);
    code = is_http ? mbedtls_ssl_conf_alpn_protocols(&tls->config, protocols) : 0;
    return code != 0 ? code : mbedtls_ssl_setup(&tls->ssl, &tls->config);
}

static int tls_set_host(struct tls *tls, const struct tls_peer *peer) {
    span host = peer->address.host;
    if (host.size > 0 && host.data[host.size - 1] == '.') {
        host.size--;
    }
    memcpy(tls->host, host.data, host.size);
    verify_init(&tls->verify, (span){tls->host, host.size}, peer->roots, peer->pins, tls->log);
    /* An address is not a server name (RFC 6066 3). Only verify.c compares it. */
    return mbedtls_ssl_set_hostname(&tls->ssl, tls->verify.address_size > 0 ? NULL : tls->host);
}

struct tls *tls_new(int fd, const struct tls_peer *peer, const struct log *log,
                    pinetoken_error *error) {
    struct tls *tls = calloc(1, sizeof *tls);
    if (tls == NULL || peer->address.host.size > LIMIT_HOST) {
        free(tls);
        error_out_of_memory("TLS", error);
        return NULL;
    }
    tls->fd = fd;
    tls->peer = peer->address;
    tls->log = log;
    tls_begin_step(tls);
    mbedtls_ssl_config_init(&tls->config);
    mbedtls_ssl_init(&tls->ssl);
    int code = tls_configure(tls, peer->is_http);
    if (code == 0) {
        code = tls_set_host(tls, peer);
    }
    if (code != 0) {
        tls_free(tls);
        error_set(error, PINETOKEN_INTERNAL, "TLS: set-up failed, out of memory or randomness", "");
        error->tls_code = code;
        return NULL;
    }
    mbedtls_ssl_set_bio(&tls->ssl, tls, tls_send, tls_receive, NULL);
    return tls;
}

void tls_free(struct tls *tls) {
    if (tls == NULL) {
        return;
    }
    verify_free(&tls->verify);
    mbedtls_ssl_free(&tls->ssl);
    mbedtls_ssl_config_free(&tls->config);
    free(tls);
}

/* ---- errors ------------------------------------------------------------------------ */

/* "TLS with HOST:PORT: ", the start of most messages. */
static void tls_begin_error(const struct tls *tls, pinetoken_error *error) {
    error_begin(error, PINETOKEN_TLS, "TLS with ");
    net_add_peer(error, &tls->peer);
    error_add(error, ": ");
}

static void tls_fail_alert(const struct tls *tls, pinetoken_error *error) {
    int alert = mbedtls_ssl_get_alert(&tls->ssl);
    tls_begin_error(tls, error);
    error_add(error, "the server sent the alert ");
    error_add(error, alert_name(alert));
    error_add(error, " (");
    error_add_number(error, alert);
    error_add(error, ")");
    /* After the key exchange the only thing of ours that it can still refuse is the certificate
     * that it asked for, with TLS 1.2 by this alert. */
    bool is_late = alert == MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE && tls->group != 0;
    error_advise(error, alert_advice(is_late ? MBEDTLS_SSL_ALERT_MSG_CERT_REQUIRED : alert));
    error->tls_alert = alert;
}

static void tls_fail_network(const struct tls *tls, pinetoken_error *error) {
    error_begin(error, PINETOKEN_NETWORK, "connection to ");
    net_add_peer(error, &tls->peer);
    error_add(error, ": ");
    if (tls->system_errno != 0) {
        net_add_errno(error, tls->system_errno);
    } else {
        error_add(error, "closed by the peer in the TLS handshake");
    }
    error->transient = true;
    error_advise(error, "retry; check host, port and firewall");
}

static struct reason tls_reason(const struct tls *tls, int code) {
    if (tls->verify.unreadable != 0) {
        return (struct reason){describe_unreadable(tls->verify.unreadable),
                               "the server must replace it"};
    }
    return reason_of(code);
}

static void tls_fail_other(const struct tls *tls, int code, pinetoken_error *error) {
    const struct reason reason = tls_reason(tls, code);
    log_event(tls->log, EVENT_TLS_ERROR, SPAN(""), -code);
    tls_begin_error(tls, error);
    error_add(error, reason.why);
    error_advise(error, reason.advice);
}

/* For a negative code of Mbed TLS's: the progress, with the error if it failed. */
static enum net_progress tls_stop(const struct tls *tls, int code, pinetoken_error *error) {
    if (code == MBEDTLS_ERR_SSL_WANT_READ) {
        return NET_WANT_READ;
    }
    if (code == MBEDTLS_ERR_SSL_WANT_WRITE) {
        return NET_WANT_WRITE;
    }
    if (tls->system_errno != 0 || code == MBEDTLS_ERR_SSL_CONN_EOF ||
        code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
        tls_fail_network(tls, error);
        return NET_FAILED;
    }
    if (code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
        tls_fail_alert(tls, error);
    } else if (code == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED ||
               code == MBEDTLS_ERR_SSL_BAD_CERTIFICATE) {
        describe_refusal(&tls->verify, mbedtls_ssl_get_verify_result(&tls->ssl), error);
    } else if (reason_is_memory(code)) {
        error_out_of_memory("TLS", error);
    } else {
        tls_fail_other(tls, code, error);
    }
    error->tls_code = code;
    return NET_FAILED;
}

/* ---- transfers ------------------------------------------------------------------------------ */

static const char *tls_group_name(uint16_t group) {
    switch (group) {
        case MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1: return "P-256";
        case MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1: return "P-384";
        case MBEDTLS_SSL_IANA_TLS_GROUP_X25519: return "X25519";
        default: return "unknown";
    }
}

static void tls_log_session(const struct tls *tls) {
    const char *protocol = mbedtls_ssl_get_alpn_protocol(&tls->ssl);
    const struct log *log = tls->log;
    log_event(log, EVENT_TLS_VERSION, span_text(mbedtls_ssl_get_version(&tls->ssl)), -1);
    log_event(log, EVENT_TLS_SUITE, span_text(mbedtls_ssl_get_ciphersuite(&tls->ssl)), -1);
    log_event(log, EVENT_TLS_GROUP, span_text(tls_group_name(tls->group)), -1);
    log_event(log, EVENT_TLS_ALPN, span_text(protocol != NULL ? protocol : "none"), -1);
}

/* Both versions of TLS have given the response, if there is one, only by now. */
static int tls_check_staple(struct tls *tls) {
    int code = staple_check(&tls->verify, mbedtls_ssl_get_peer_cert(&tls->ssl));
    if (code != 0) {
        bool is_revoked = (tls->verify.path.flags & MBEDTLS_X509_BADCERT_REVOKED) != 0;
        mbedtls_ssl_send_alert_message(&tls->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                       is_revoked ? MBEDTLS_SSL_ALERT_MSG_CERT_REVOKED
                                                  : TLS_BAD_CERTIFICATE_STATUS_RESPONSE);
    }
    return code;
}

enum net_progress tls_handshake(struct tls *tls, pinetoken_error *error) {
    while (mbedtls_ssl_is_handshake_over(&tls->ssl) == 0) {
        int code = mbedtls_ssl_handshake_step(&tls->ssl);
        if (code != 0) {
            return tls_stop(tls, code, error);
        }
        uint16_t group = mbedtls_ssl_get_group(&tls->ssl);
        tls->group = group != 0 ? group : tls->group;
    }
    int code = tls_check_staple(tls);
    if (code != 0) {
        return tls_stop(tls, code, error);
    }
    tls_log_session(tls);
    return NET_DONE;
}

enum net_progress tls_write(struct tls *tls, span bytes, size_t *size, pinetoken_error *error) {
    int code = mbedtls_ssl_write(&tls->ssl, (const unsigned char *)bytes.data, bytes.size);
    if (code < 0) {
        return tls_stop(tls, code, error);
    }
    *size = (size_t)code;
    return NET_DONE;
}

enum net_progress tls_read(struct tls *tls, char *data, size_t capacity, size_t *size,
                           pinetoken_error *error) {
    int code = 0;
    *size = 0;
    if (tls->ended_well) {
        return NET_DONE;
    }
    do {
        code = mbedtls_ssl_read(&tls->ssl, (unsigned char *)data, capacity);
        /* A record may be empty (RFC 8446 5.1). */
    } while (code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET || (code == 0 && !tls->has_ended));
    tls->ended_well = code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY;
    if (tls->ended_well) {
        return NET_DONE;
    }
    if (code < 0) {
        return tls_stop(tls, code, error);
    }
    *size = (size_t)code;
    return NET_DONE;
}

bool tls_is_heard(const struct tls *tls) {
    return tls->send_errno == 0;
}

bool tls_ended_well(const struct tls *tls) {
    return tls->ended_well;
}

void tls_close(struct tls *tls) {
    tls_begin_step(tls);
    mbedtls_ssl_close_notify(&tls->ssl);
}
