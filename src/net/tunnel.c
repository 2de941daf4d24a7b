#include "net/tunnel.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/secret.h"
#include "crypto/base64.h"
#include "http/request.h"
#include "http/response.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct tunnel {
    int fd;
    size_t sent;
    struct buffer request;
    struct response response;
    size_t received;
    char data[LIMIT_RESPONSE_HEAD]; /* the request, then, that wiped, the answer */
};

_Static_assert(LIMIT_RESPONSE_HEAD > LIMIT_URL * 4 / 3 + 2 * LIMIT_HOST + 256,
               "the request fits: its credentials in base64, the host twice, and the rest");

/* The credentials of a URL in base64, and what stands around them. */
#define AUTHORIZATION_MAX (BASE64_SIZE(LIMIT_URL) + 8)

static void write_authorization(const struct proxy_url *proxy, struct buffer *out) {
    char plain[LIMIT_URL + 1];
    char text[AUTHORIZATION_MAX] = "Basic ";
    struct buffer credentials;
    buffer_init(&credentials, plain, sizeof plain);
    proxy_url_write_credentials(proxy, &credentials);
    size_t size = base64_encode(buffer_span(&credentials), text + 6);
    (void)!request_field(out, SPAN("Proxy-Authorization"), (span){text, 6 + size});
    secret_wipe(plain, sizeof plain);
    secret_wipe(text, sizeof text);
}

static void write_request(struct tunnel *tunnel, const struct proxy_url *proxy,
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
    (void)!request_field(&tunnel->request, SPAN("User-Agent"),
                         SPAN("pinetoken/" PINETOKEN_VERSION));
    if (proxy->credentials.size > 0) {
        write_authorization(proxy, &tunnel->request);
    }
    request_end(&tunnel->request);
}

struct tunnel *tunnel_new(int fd, const struct proxy_url *proxy, const struct url *origin,
                          pinetoken_error *error) {
    struct tunnel *tunnel = calloc(1, sizeof *tunnel);
    if (tunnel == NULL) {
        error_set(error, PINETOKEN_INTERNAL, "proxy: out of memory", "");
        return NULL;
    }
    tunnel->fd = fd;
    response_init(&tunnel->response, 0);
    write_request(tunnel, proxy, origin);
    return tunnel;
}

void tunnel_free(struct tunnel *tunnel) {
    if (tunnel != NULL) {
        secret_wipe(tunnel, sizeof *tunnel);
        free(tunnel);
    }
}

static enum net_progress fail_connection(int number, pinetoken_error *error) {
    error_begin(error, PINETOKEN_NETWORK, "proxy: the connection to it broke: ");
    error_add(error, number != 0 ? strerror(number) : "closed before it answered");
    error_advise(error, "try again; check the proxy's host and port");
    error->system_errno = number;
    error->transient = true;
    return NET_FAILED;
}

/* By the status alone: a proxy's body is a page for people. */
static const char *advice(int status) {
    switch (status) {
        case 401: /* tinyproxy, for a wrong one */
        case 407: return "give it a user and a password it knows: http://user:password@host:port";
        case 403: return "it does not allow this host and port: ask who runs it";
        case 502:
        case 503:
        case 504: return "it could not reach the issuer: try again later";
        default: return "check the proxy's host and port, and what it allows";
    }
}

static enum net_progress refuse(const struct response *response, pinetoken_error *error) {
    error_begin(error, PINETOKEN_NETWORK, "proxy: answered HTTP ");
    error_add_number(error, response->status);
    error_add(error, " ");
    error_add_quoted(error, response->reason);
    error_add(error, " to CONNECT");
    error_advise(error, advice(response->status));
    error->http_status = response->status;
    error->transient = response->status >= 502 && response->status <= 504;
    return NET_FAILED;
}

static enum net_progress refuse_garbage(pinetoken_error *error, const char *what) {
    int64_t offset = error->offset;
    error_begin(error, PINETOKEN_NETWORK, "proxy: ");
    error_add(error, what);
    error_add(error, " at byte ");
    error_add_number(error, offset);
    error->offset = offset;
    error_add(error, " of its response");
    error_advise(error, "check that this is a proxy's host and port");
    return NET_FAILED;
}

static enum net_progress judge(struct tunnel *tunnel, pinetoken_error *error) {
    const struct response *response = &tunnel->response;
    if (response->status / 100 != 2) {
        return refuse(response, error);
    }
    if (tunnel->received > response->head_size) {
        /* A TLS server speaks second: whoever this comes from, it is not the origin. */
        error->offset = (int64_t)response->head_size;
        return refuse_garbage(error, "something that nobody asked for stands");
    }
    return NET_DONE;
}

static enum net_progress send_request(struct tunnel *tunnel, pinetoken_error *error) {
    while (tunnel->sent < tunnel->request.size) {
        ssize_t sent = send(tunnel->fd, tunnel->data + tunnel->sent,
                            tunnel->request.size - tunnel->sent, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
            return NET_WANT_WRITE;
        }
        if (sent < 0) {
            return fail_connection(errno, error);
        }
        tunnel->sent += (size_t)sent;
    }
    secret_wipe(tunnel->data, tunnel->request.size);
    return NET_DONE;
}

static enum net_progress receive_answer(struct tunnel *tunnel, pinetoken_error *error) {
    for (;;) {
        ssize_t got = recv(tunnel->fd, tunnel->data + tunnel->received,
                           sizeof tunnel->data - tunnel->received, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            return NET_WANT_READ;
        }
        if (got <= 0) {
            return fail_connection(got < 0 ? errno : 0, error);
        }
        tunnel->received += (size_t)got;
        switch (response_head(&tunnel->response, (span){tunnel->data, tunnel->received}, error)) {
            case RESPONSE_MORE: break;
            case RESPONSE_DONE: return judge(tunnel, error);
            case RESPONSE_BAD: return refuse_garbage(error, "no HTTP/1.1 stands");
        }
    }
}

enum net_progress tunnel_step(struct tunnel *tunnel, pinetoken_error *error) {
    if (tunnel->sent < tunnel->request.size) {
        enum net_progress progress = send_request(tunnel, error);
        if (progress != NET_DONE) {
            return progress;
        }
    }
    return receive_answer(tunnel, error);
}
