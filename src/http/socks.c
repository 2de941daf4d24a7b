#include "http/socks.h"

#include "base/ip.h"

#include <string.h>

#define SOCKS_VERSION 5
#define SOCKS_LOGIN_VERSION 1
#define SOCKS_CONNECT 1
#define SOCKS_METHOD_NONE 0
#define SOCKS_METHOD_PASSWORD 2
#define SOCKS_METHOD_REFUSED ((char)0xff)

enum socks_address { SOCKS_IPV4 = 1, SOCKS_NAME = 3, SOCKS_IPV6 = 4 };

static enum socks_progress socks_fail(struct socks *socks, const char *why, const char *advice) {
    socks->why = why;
    socks->advice = advice;
    return SOCKS_BAD;
}

static enum socks_progress socks_fail_version(struct socks *socks) {
    return socks_fail(socks, "its response is not SOCKS5",
                      "check that a SOCKS5 proxy listens at this host and port");
}

/* ---- what is sent ---------------------------------------------------------------------------- */

void socks_begin(struct socks *socks, const struct proxy_url *proxy, span host, uint16_t port,
                 struct buffer *out) {
    static const char without[] = {SOCKS_VERSION, 1, SOCKS_METHOD_NONE};
    static const char with[] = {SOCKS_VERSION, 2, SOCKS_METHOD_NONE, SOCKS_METHOD_PASSWORD};
    *socks = (struct socks){.state = SOCKS_METHOD,
                            .wanted = 2,
                            .credentials = proxy->credentials,
                            .host = host,
                            .port = port};
    buffer_append(out, proxy->credentials.size > 0 ? (span){with, sizeof with}
                                                   : (span){without, sizeof without});
}

/* Its length in a byte, and the text decoded; proxy_url_parse has checked that it fits. */
static void socks_write_text(struct buffer *out, span text) {
    size_t at = out->size;
    buffer_append_byte(out, 0);
    proxy_url_decode(text, out);
    out->data[at] = (char)(out->size - at - 1);
}

static enum socks_progress socks_send_login(struct socks *socks, struct buffer *out) {
    span text = socks->credentials;
    size_t colon = span_find(text, ':');
    buffer_append_byte(out, SOCKS_LOGIN_VERSION);
    socks_write_text(out, span_cut(text, 0, colon));
    socks_write_text(out, span_cut(text, colon < text.size ? colon + 1 : colon, text.size));
    socks->state = SOCKS_LOGIN;
    return SOCKS_SEND;
}

static enum socks_progress socks_send_request(struct socks *socks, struct buffer *out) {
    static const char start[] = {SOCKS_VERSION, SOCKS_CONNECT, 0};
    unsigned char address[16];
    size_t size = 0;
    buffer_append(out, (span){start, sizeof start});
    if (ip_parse(socks->host, address, &size)) {
        buffer_append_byte(out, size == 4 ? SOCKS_IPV4 : SOCKS_IPV6);
        buffer_append(out, (span){(const char *)address, size});
    } else {
        buffer_append_byte(out, SOCKS_NAME);
        buffer_append_byte(out, (char)socks->host.size);
        buffer_append(out, socks->host);
    }
    buffer_append_byte(out, (char)(socks->port >> 8));
    buffer_append_byte(out, (char)(socks->port & 0xff));
    socks->state = SOCKS_REPLY;
    return SOCKS_SEND;
}

/* ---- what is received ------------------------------------------------------------------------ */

static enum socks_progress socks_take_method(struct socks *socks, char method, struct buffer *out) {
    bool has_login = socks->credentials.size > 0;
    if (method == SOCKS_METHOD_NONE) {
        return socks_send_request(socks, out);
    }
    if (method == SOCKS_METHOD_PASSWORD && has_login) {
        return socks_send_login(socks, out);
    }
    if (method == SOCKS_METHOD_REFUSED) {
        return socks_fail(socks, "it refuses this way to log in",
                          has_login ? "it takes no user and password: leave them out"
                                    : "give a user and password in --proxy: "
                                      "socks5h://user:password@host:port");
    }
    return socks_fail(socks, "it wants a way to log in that was not offered", "");
}

static enum socks_progress socks_take_login(struct socks *socks, span received,
                                            struct buffer *out) {
    if (received.data[0] != SOCKS_LOGIN_VERSION) {
        return socks_fail_version(socks);
    }
    return received.data[1] == 0 ? socks_send_request(socks, out)
                                 : socks_fail(socks, "it refuses the user or password",
                                              "check user and password in --proxy");
}

/* RFC 1928 6. */
static enum socks_progress socks_take_code(struct socks *socks, unsigned code) {
    static const char texts[] = "general failure\0"
                                "not allowed by its rules\0"
                                "network unreachable\0"
                                "host unreachable\0"
                                "connection refused\0"
                                "TTL expired\0"
                                "command not supported\0"
                                "address type not supported\0"
                                "a failure that is not in RFC 1928\0";
    const char *text = texts;
    if (code == 0) {
        socks->state = SOCKS_ADDRESS;
        socks->wanted = 5;
        return SOCKS_MORE;
    }
    for (unsigned i = 1; i < code && i < 9; i++) {
        text += strlen(text) + 1;
    }
    socks->is_transient = code != 2 && code != 7;
    return socks_fail(socks, text,
                      socks->is_transient ? "it could not reach the server: retry later"
                                          : "it does not allow this host and port: ask its "
                                            "administrator");
}

/* What follows is the address that the proxy connected from, which nobody needs. */
static enum socks_progress socks_take_address(struct socks *socks, span received) {
    unsigned length = (unsigned char)received.data[4];
    size_t size = 0;
    switch (received.data[3]) {
        case SOCKS_IPV4: size = 4 + 4 + 2; break;
        case SOCKS_IPV6: size = 4 + 16 + 2; break;
        case SOCKS_NAME: size = 4 + 1 + length + 2; break;
        default: return socks_fail_version(socks);
    }
    socks->wanted = size;
    return received.size < size ? SOCKS_MORE : SOCKS_DONE;
}

enum socks_progress socks_take(struct socks *socks, span received, struct buffer *out) {
    if (received.size < socks->wanted) {
        return SOCKS_MORE;
    }
    if (socks->state != SOCKS_LOGIN && received.data[0] != SOCKS_VERSION) {
        return socks_fail_version(socks);
    }
    if (socks->state == SOCKS_METHOD) {
        return socks_take_method(socks, received.data[1], out);
    }
    if (socks->state == SOCKS_LOGIN) {
        return socks_take_login(socks, received, out);
    }
    return socks->state == SOCKS_REPLY ? socks_take_code(socks, (unsigned char)received.data[1])
                                       : socks_take_address(socks, received);
}
