#include "net/tunnel.h"

#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/secret.h"
#include "crypto/base64.h"
#include "http/field.h"
#include "http/request.h"
#include "http/response.h"
#include "http/retry_after.h"
#include "http/socks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct tunnel {
    int fd;
    int send_errno; /* errno of a send that failed; 0: none did */
    bool is_open;
    bool is_socks;
    struct net_peer proxy; /* borrowed, for messages */
    struct net_peer origin;
    struct socks socks;
    size_t sent;
    struct buffer request;
    struct response response;
    size_t received;
    char data[LIMIT_RESPONSE_HEAD]; /* the request, then, after it is wiped, the response */
};

_Static_assert(LIMIT_RESPONSE_HEAD > LIMIT_URL * 4 / 3 + 2 * LIMIT_HOST + 256,
               "the request fits: credentials in base64, the host twice, and the rest");

/* "Basic ", then the credentials of a URL in base64. */
#define AUTHORIZATION_MAX (BASE64_SIZE(LIMIT_URL) + 8)

static void tunnel_write_authorization(const struct proxy_url *proxy, struct buffer *out) {
    char plain[LIMIT_URL + 1];
    char text[AUTHORIZATION_MAX] = "Basic ";
    struct buffer credentials;
    buffer_init(&credentials, plain, sizeof plain);
    proxy_url_write_credentials(proxy, &credentials);
    size_t size = base64_encode(buffer_span(&credentials), text + 6);
    request_field(out, SPAN("Proxy-Authorization"), (span){text, 6 + size});
    secret_wipe(plain, sizeof plain);
    secret_wipe(text, sizeof text);
}

static void tunnel_write_connect(struct tunnel *tunnel, const struct proxy_url *proxy) {
    char data[LIMIT_HOST + 10];
    struct buffer authority;
    const struct net_peer *origin = &tunnel->origin;
    bool is_ipv6 = span_find(origin->host, ':') < origin->host.size;
    buffer_init(&authority, data, sizeof data);
    buffer_append(&authority, is_ipv6 ? SPAN("[") : SPAN(""));
    buffer_append(&authority, origin->host);
    buffer_append(&authority, is_ipv6 ? SPAN("]:") : SPAN(":"));
    buffer_append_number(&authority, origin->port);
    /* RFC 9112 3.2.3: authority-form, always with the port. */
    const struct url target = {.authority = buffer_span(&authority),
                               .target = buffer_span(&authority)};
    request_begin(&tunnel->request, SPAN("CONNECT"), &target);
    request_field(&tunnel->request, SPAN("User-Agent"), SPAN("pinetoken/" PINETOKEN_VERSION));
    if (proxy->credentials.size > 0) {
        tunnel_write_authorization(proxy, &tunnel->request);
    }
    request_end(&tunnel->request);
}

void tunnel_free(struct tunnel *tunnel) {
    if (tunnel != NULL) {
        secret_wipe(tunnel, sizeof *tunnel);
        free(tunnel);
    }
}

struct tunnel *tunnel_new(int fd, const struct proxy_url *proxy, const struct net_peer *origin,
                          pinetoken_error *error) {
    struct tunnel *tunnel = calloc(1, sizeof *tunnel);
    if (tunnel == NULL) {
        error_out_of_memory("proxy", error);
        return NULL;
    }
    tunnel->fd = fd;
    tunnel->is_socks = proxy->kind != PROXY_HTTP;
    tunnel->proxy = (struct net_peer){proxy->host, proxy->port};
    tunnel->origin = *origin;
    buffer_init(&tunnel->request, tunnel->data, sizeof tunnel->data);
    response_init(&tunnel->response, RESPONSE_WITHOUT_BODY);
    if (tunnel->is_socks) {
        socks_begin(&tunnel->socks, proxy, origin->host, origin->port, &tunnel->request);
    } else {
        tunnel_write_connect(tunnel, proxy);
    }
    assert(!tunnel->request.overflow);
    return tunnel;
}

/* ", asked for HOST:PORT", the end of what a proxy refused. */
static void tunnel_end_error(const struct tunnel *tunnel, pinetoken_error *error) {
    error_add(error, ", asked for ");
    net_add_peer(error, &tunnel->origin);
}

/* "proxy HOST:PORT", the start of each message. */
static void tunnel_begin_error(const struct tunnel *tunnel, pinetoken_error *error) {
    error_begin(error, PINETOKEN_NETWORK, "proxy ");
    net_add_peer(error, &tunnel->proxy);
}

static enum net_progress tunnel_fail_connection(const struct tunnel *tunnel, int number,
                                                pinetoken_error *error) {
    tunnel_begin_error(tunnel, error);
    if (number != 0) {
        error_add(error, ": ");
        net_add_errno(error, number);
    } else {
        error_add(error, " closed the connection before it answered");
    }
    error->transient = true;
    error_advise(error, "check the host and port in --proxy or https_proxy");
    return NET_FAILED;
}

/* Whether one of the challenges (RFC 9110 11.6.1) is Basic. */
static bool tunnel_has_basic(span challenges) {
    char separator = ',';
    while (challenges.size > 0) {
        span part = field_take_part(&challenges, &separator);
        if (span_equal_ignoring_case(span_cut(part, 0, span_find(part, ' ')), SPAN("Basic"))) {
            return true;
        }
    }
    return false;
}

/* Whether the proxy says how to log in, in one field or more, but not with Basic. */
static bool tunnel_offers_others(const struct response *response) {
    span head = response->head;
    span challenges;
    bool has_challenges = false;
    while (response->status == 407 &&
           field_take_value(&head, SPAN("Proxy-Authenticate"), &challenges)) {
        if (tunnel_has_basic(challenges)) {
            return false;
        }
        has_challenges = true;
    }
    return has_challenges;
}

/* From the head only: a proxy's body is a page for people. */
static const char *tunnel_advice(const struct response *response) {
    const int status = response->status;
    if (tunnel_offers_others(response)) {
        return "only Basic is supported, not Negotiate, NTLM or Digest: connect through a local "
               "proxy that speaks them, like cntlm or px";
    }
    switch (status) {
        case 401: /* tinyproxy, for a wrong password */
        case 407: return "give a user and password in --proxy: http://user:password@host:port";
        case 403: return "it does not allow this host and port: ask its administrator";
        default:
            return retry_after_is_transient(status)
                       ? "it could not reach the server: retry later"
                       : "check the host and port in --proxy or https_proxy";
    }
}

static enum net_progress tunnel_refuse(const struct tunnel *tunnel, pinetoken_error *error) {
    const struct response *response = &tunnel->response;
    tunnel_begin_error(tunnel, error);
    error_add(error, " answered CONNECT with HTTP ");
    error_add_number(error, response->status);
    error_add(error, " ");
    error_add_quoted(error, response->reason);
    if (tunnel_offers_others(response)) {
        error_add(error, ", and offers only ");
        error_add_quoted(error, response->proxy_authenticate);
    }
    tunnel_end_error(tunnel, error);
    error_advise(error, tunnel_advice(response));
    error->http_status = response->status;
    error->transient = retry_after_is_transient(response->status);
    return NET_FAILED;
}

static enum net_progress tunnel_reject(const struct tunnel *tunnel, const char *why, int64_t offset,
                                       pinetoken_error *error) {
    tunnel_begin_error(tunnel, error);
    error_add(error, why);
    error_add(error, " at byte ");
    error_add_number(error, offset);
    error->offset = offset;
    error_advise(error, "check that a proxy listens at this host and port");
    return NET_FAILED;
}

/* NET_DONE: go on. */
static enum net_progress tunnel_check(struct tunnel *tunnel, pinetoken_error *error) {
    const struct response *response = &tunnel->response;
    if (response->status / 100 != 2) {
        return tunnel_refuse(tunnel, error);
    }
    if (tunnel->received > response->head_size) {
        /* A TLS server speaks second: whoever sent these, it was not the origin. */
        return tunnel_reject(tunnel, ": unexpected bytes after its response,",
                             (int64_t)response->head_size, error);
    }
    tunnel->is_open = true;
    return NET_DONE;
}

static enum net_progress tunnel_take_response(struct tunnel *tunnel, pinetoken_error *error) {
    switch (response_head(&tunnel->response, (span){tunnel->data, tunnel->received}, error)) {
        case RESPONSE_MORE: break;
        case RESPONSE_DONE: return tunnel_check(tunnel, error);
        case RESPONSE_BAD:
            return tunnel_reject(tunnel, ": its response is not HTTP/1.1", error->offset, error);
    }
    return NET_DONE;
}

static enum net_progress tunnel_refuse_socks(const struct tunnel *tunnel, pinetoken_error *error) {
    tunnel_begin_error(tunnel, error);
    error_add(error, ": SOCKS5: ");
    error_add(error, tunnel->socks.why);
    tunnel_end_error(tunnel, error);
    error_advise(error, tunnel->socks.advice);
    error->transient = tunnel->socks.is_transient;
    return NET_FAILED;
}

static enum net_progress tunnel_take_reply(struct tunnel *tunnel, pinetoken_error *error) {
    struct buffer next;
    buffer_init(&next, tunnel->data, sizeof tunnel->data);
    switch (socks_take(&tunnel->socks, (span){tunnel->data, tunnel->received}, &next)) {
        case SOCKS_MORE: break;
        case SOCKS_SEND:
            tunnel->request = next;
            tunnel->sent = 0;
            tunnel->received = 0;
            break;
        case SOCKS_DONE: tunnel->is_open = true; break;
        case SOCKS_BAD: return tunnel_refuse_socks(tunnel, error);
    }
    return NET_DONE;
}

static enum net_progress tunnel_send(struct tunnel *tunnel) {
    ssize_t sent = send(tunnel->fd, tunnel->data + tunnel->sent,
                        tunnel->request.size - tunnel->sent, MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
        return NET_WANT_WRITE;
    }
    if (sent < 0) {
        /* The proxy may have answered before it read the request: that is the reason then. */
        tunnel->send_errno = errno;
        sent = (ssize_t)(tunnel->request.size - tunnel->sent);
    }
    tunnel->sent += (size_t)sent;
    if (tunnel->sent == tunnel->request.size) {
        secret_wipe(tunnel->data, tunnel->request.size);
    }
    return NET_DONE;
}

/* With SOCKS, no byte more is read than belongs to the reply: what follows is the origin's. */
static enum net_progress tunnel_receive(struct tunnel *tunnel, pinetoken_error *error) {
    size_t end = tunnel->is_socks ? tunnel->socks.wanted : sizeof tunnel->data;
    ssize_t got = recv(tunnel->fd, tunnel->data + tunnel->received, end - tunnel->received, 0);
    int number = got < 0 ? errno : 0;
    if ((number == EAGAIN || number == EINTR) && tunnel->send_errno == 0) {
        return NET_WANT_READ;
    }
    if (got <= 0) {
        number = tunnel->send_errno != 0 ? tunnel->send_errno : number;
        return tunnel_fail_connection(tunnel, number, error);
    }
    tunnel->received += (size_t)got;
    return tunnel->is_socks ? tunnel_take_reply(tunnel, error)
                            : tunnel_take_response(tunnel, error);
}

enum net_progress tunnel_step(struct tunnel *tunnel, pinetoken_error *error) {
    enum net_progress progress = NET_DONE;
    while (progress == NET_DONE && !tunnel->is_open) {
        progress = tunnel->sent < tunnel->request.size ? tunnel_send(tunnel)
                                                       : tunnel_receive(tunnel, error);
    }
    return progress;
}
