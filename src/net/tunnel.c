#include "net/tunnel.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/secret.h"
#include "crypto/base64.h"
#include "http/request.h"
#include "http/response.h"
#include "http/retry_after.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct tunnel {
    int fd;
    int send_errno;        /* of a send that failed; 0: none did */
    struct net_peer proxy; /* borrowed, for messages */
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

static bool tunnel_write_request(struct tunnel *tunnel, const struct proxy_url *proxy,
                                 const struct url *origin) {
    char data[LIMIT_HOST + 10];
    struct buffer authority;
    bool is_ipv6 = span_find(origin->host, ':') < origin->host.size;
    buffer_init(&authority, data, sizeof data);
    buffer_append(&authority, is_ipv6 ? SPAN("[") : SPAN(""));
    buffer_append(&authority, origin->host);
    buffer_append(&authority, is_ipv6 ? SPAN("]:") : SPAN(":"));
    buffer_append_number(&authority, origin->port);
    /* RFC 9112 3.2.3: authority-form, always with the port. */
    const struct url target = {.authority = buffer_span(&authority),
                               .target = buffer_span(&authority)};
    buffer_init(&tunnel->request, tunnel->data, sizeof tunnel->data);
    request_begin(&tunnel->request, SPAN("CONNECT"), &target);
    request_field(&tunnel->request, SPAN("User-Agent"), SPAN("pinetoken/" PINETOKEN_VERSION));
    if (proxy->credentials.size > 0) {
        tunnel_write_authorization(proxy, &tunnel->request);
    }
    request_end(&tunnel->request);
    return !tunnel->request.overflow;
}

void tunnel_free(struct tunnel *tunnel) {
    if (tunnel != NULL) {
        secret_wipe(tunnel, sizeof *tunnel);
        free(tunnel);
    }
}

struct tunnel *tunnel_new(int fd, const struct proxy_url *proxy, const struct url *origin,
                          pinetoken_error *error) {
    struct tunnel *tunnel = calloc(1, sizeof *tunnel);
    if (tunnel == NULL || !tunnel_write_request(tunnel, proxy, origin)) {
        tunnel_free(tunnel);
        error_set(error, PINETOKEN_INTERNAL, "proxy: out of memory", "");
        return NULL;
    }
    tunnel->fd = fd;
    tunnel->proxy = (struct net_peer){proxy->host, proxy->port};
    response_init(&tunnel->response, 0);
    return tunnel;
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

/* From the status only: a proxy's body is a page for people. */
static const char *tunnel_advice(int status) {
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
    error_advise(error, tunnel_advice(response->status));
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

static enum net_progress tunnel_check(const struct tunnel *tunnel, pinetoken_error *error) {
    const struct response *response = &tunnel->response;
    if (response->status / 100 != 2) {
        return tunnel_refuse(tunnel, error);
    }
    if (tunnel->received > response->head_size) {
        /* A TLS server speaks second: whoever sent these, it was not the origin. */
        return tunnel_reject(tunnel, ": unexpected bytes after its response,",
                             (int64_t)response->head_size, error);
    }
    return NET_DONE;
}

static enum net_progress tunnel_send(struct tunnel *tunnel) {
    while (tunnel->sent < tunnel->request.size) {
        ssize_t sent = send(tunnel->fd, tunnel->data + tunnel->sent,
                            tunnel->request.size - tunnel->sent, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
            return NET_WANT_WRITE;
        }
        if (sent < 0) {
            /* The proxy may have answered before it read the request: that is the reason then. */
            tunnel->send_errno = errno;
            break;
        }
        tunnel->sent += (size_t)sent;
    }
    secret_wipe(tunnel->data, tunnel->request.size);
    tunnel->sent = tunnel->request.size;
    return NET_DONE;
}

static enum net_progress tunnel_receive(struct tunnel *tunnel, pinetoken_error *error) {
    for (;;) {
        ssize_t got = recv(tunnel->fd, tunnel->data + tunnel->received,
                           sizeof tunnel->data - tunnel->received, 0);
        int number = got < 0 ? errno : 0;
        if ((number == EAGAIN || number == EINTR) && tunnel->send_errno == 0) {
            return NET_WANT_READ;
        }
        if (got <= 0) {
            number = tunnel->send_errno != 0 ? tunnel->send_errno : number;
            return tunnel_fail_connection(tunnel, number, error);
        }
        tunnel->received += (size_t)got;
        switch (response_head(&tunnel->response, (span){tunnel->data, tunnel->received}, error)) {
            case RESPONSE_MORE: break;
            case RESPONSE_DONE: return tunnel_check(tunnel, error);
            case RESPONSE_BAD:
                return tunnel_reject(tunnel, ": its response is not HTTP/1.1", error->offset,
                                     error);
        }
    }
}

enum net_progress tunnel_step(struct tunnel *tunnel, pinetoken_error *error) {
    if (tunnel->sent < tunnel->request.size) {
        enum net_progress progress = tunnel_send(tunnel);
        if (progress != NET_DONE) {
            return progress;
        }
    }
    return tunnel_receive(tunnel, error);
}
