/* CONNECT over a pair of sockets: the request to the byte, and every response complete and byte by
 * byte.
 */
#include "http/url.h"
#include "net/tunnel.h"

#include "support/test.h"
#include "support/wipes.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* At most this many bytes at once, or, once, this error. */
static size_t send_max = SIZE_MAX;
static int send_errno;
static int recv_errno;

/* In place of the C library's. */
ssize_t send(int fd, const void *data, size_t size, int flags) {
    bool fails = send_errno != 0;
    /* On success errno is what some other call left there. */
    errno = fails ? send_errno : EAGAIN;
    send_errno = 0;
    return fails ? -1 : sendto(fd, data, size < send_max ? size : send_max, flags, NULL, 0);
}

ssize_t recv(int fd, void *data, size_t size, int flags) {
    bool fails = recv_errno != 0;
    errno = fails ? recv_errno : EAGAIN;
    recv_errno = 0;
    return fails ? -1 : recvfrom(fd, data, size, flags, NULL, NULL);
}

struct pair {
    int ours;
    int theirs;
};

static struct pair open_pair(void) {
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    return (struct pair){fds[0], fds[1]};
}

static struct tunnel *open_tunnel(int fd, const char *proxy_text, const char *origin_text) {
    struct proxy_url proxy;
    struct url origin;
    pinetoken_error error = {0};
    assert_true(proxy_url_parse(span_text(proxy_text), &proxy, &error));
    assert_true(url_parse(span_text(origin_text), &origin, &error));
    /* Not on the stack: tests read the padding of its copy, too. */
    static struct net_peer peer;
    peer.host = origin.host;
    peer.port = origin.port;
    struct tunnel *tunnel = tunnel_new(fd, &proxy, &peer, &error);
    assert_non_null(tunnel);
    return tunnel;
}

static const struct {
    const char *proxy;
    const char *origin;
    const char *request;
} requests[] = {
    {"http://proxy", "https://login.example/oauth",
     "CONNECT login.example:443 HTTP/1.1\r\nHost: login.example:443\r\nUser-Agent: "
     "pinetoken/0.1.0\r\n\r\n"},
    {"http://proxy", "https://[2001:db8::1]:8443/",
     "CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\nUser-Agent: "
     "pinetoken/0.1.0\r\n\r\n"},
    {"http://u@proxy", "https://h:65535/",
     "CONNECT h:65535 HTTP/1.1\r\nHost: h:65535\r\nUser-Agent: pinetoken/0.1.0\r\n"
     "Proxy-Authorization: Basic dTo=\r\n\r\n"},
    /* RFC 7617 2's example. */
    {"http://Aladdin:open%20sesame@proxy", "https://h/",
     "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\nUser-Agent: pinetoken/0.1.0\r\nProxy-Authorization: "
     "Basic "
     "QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"},
};

static void test_requests(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(requests); i++) {
        char data[1024];
        pinetoken_error error = {0};
        struct pair pair = open_pair();
        struct tunnel *tunnel = open_tunnel(pair.ours, requests[i].proxy, requests[i].origin);
        assert_int_equal(tunnel_step(tunnel, &error), NET_WANT_READ);
        ssize_t size = read(pair.theirs, data, sizeof data);
        assert_true(size > 0);
        assert_span(((span){data, (size_t)size}), requests[i].request);
        tunnel_free(tunnel);
        close(pair.ours);
        close(pair.theirs);
    }
}

/* The longest credentials and host there can be. */
static struct tunnel *open_longest(int fd, char expected[8192]) {
    char proxy[2049];
    char origin[300] = "https://";
    char host[254] = "";
    char base64[4096];
    memset(proxy, 'u', sizeof proxy - 1);
    memcpy(proxy + 2048 - 6, "@proxy", 7);
    memset(host, 'h', sizeof host - 1);
    memcpy(origin + 8, host, sizeof host);
    /* "uuu" is "dXV1"; the 2042 of them and a colon end in "uu:". */
    for (size_t i = 0; i < 2042 / 3; i++) {
        memcpy(base64 + 4 * i, "dXV1", 4);
    }
    memcpy(base64 + 2042 / 3 * 4, "dXU6", 5);
    int size = snprintf(expected, 8192,
                        "CONNECT %s:443 HTTP/1.1\r\nHost: %s:443\r\nUser-Agent: pinetoken/%s\r\n"
                        "Proxy-Authorization: Basic %s\r\n\r\n",
                        host, host, PINETOKEN_VERSION, base64);
    assert_true(size > 0 && size < 8192);
    return open_tunnel(fd, proxy, origin);
}

/* Until nothing more fits. */
static size_t fill(int fd) {
    size_t count = 0;
    while (send(fd, "x", 1, MSG_NOSIGNAL) == 1) {
        count++;
    }
    assert_int_equal(errno, EAGAIN);
    return count;
}

static size_t read_all(int fd, char *data, size_t capacity) {
    size_t size = 0;
    ssize_t got = 1;
    while (got > 0) {
        got = read(fd, data + size, capacity - size);
        size += got > 0 ? (size_t)got : 0;
    }
    return size;
}

/* Over a socket that is full at first, then takes little at once and is interrupted, all of it goes
 * out, in its order. */
static void test_longest_request(void **state) {
    (void)state;
    static const size_t parts[] = {1, 7, 700, SIZE_MAX};
    for (size_t i = 0; i < COUNT(parts); i++) {
        char expected[8192];
        static char data[1 << 20];
        pinetoken_error error = {0};
        struct pair pair = open_pair();
        struct tunnel *tunnel = open_longest(pair.ours, expected);
        size_t fillers = fill(pair.ours);
        send_max = parts[i];
        assert_int_equal(tunnel_step(tunnel, &error), NET_WANT_WRITE);
        assert_int_equal(tunnel_step(tunnel, &error), NET_WANT_WRITE);
        assert_int_equal(read_all(pair.theirs, data, sizeof data), fillers);
        send_errno = EINTR;
        recv_errno = EINTR;
        size_t size = 0;
        assert_int_equal(tunnel_step(tunnel, &error), NET_WANT_WRITE);
        while (tunnel_step(tunnel, &error) == NET_WANT_WRITE) {
            size += read_all(pair.theirs, data + size, sizeof data - size);
        }
        send_max = SIZE_MAX;
        assert_int_equal(recv_errno, 0);
        assert_int_equal(tunnel_step(tunnel, &error), NET_WANT_READ);
        size += read_all(pair.theirs, data + size, sizeof data - size);
        assert_int_equal(size, strlen(expected));
        assert_memory_equal(data, expected, strlen(expected));
        /* And only once. */
        assert_int_equal(tunnel_step(tunnel, &error), NET_WANT_READ);
        assert_int_equal(read_all(pair.theirs, data, sizeof data), 0);
        tunnel_free(tunnel);
        close(pair.ours);
        close(pair.theirs);
    }
}

/* "user:word" in base64. */
#define AUTHORIZATION "dXNlcjp3b3Jk"

static bool memory_contains(const void *memory, size_t size, const char *text) {
    for (size_t at = 0; at + strlen(text) <= size; at++) {
        if (memcmp((const char *)memory + at, text, strlen(text)) == 0) {
            return true;
        }
    }
    return false;
}

/* The credentials are in a tunnel only until the request is sent. */
static void test_wipes(void **state) {
    (void)state;
    pinetoken_error error = {0};
    struct pair pair = open_pair();
    wipes_forget();
    struct tunnel *tunnel = open_tunnel(pair.ours, "http://user:word@proxy", "https://h/");
    const size_t size = malloc_usable_size(tunnel);
    /* What they were put together in. */
    assert_int_equal(wipes_of(SPAN("user:word")), 1);
    assert_int_equal(wipes_of(SPAN("Basic " AUTHORIZATION)), 1);
    assert_true(memory_contains(tunnel, size, AUTHORIZATION));
    assert_int_equal(tunnel_step(tunnel, &error), NET_WANT_READ);
    assert_false(memory_contains(tunnel, size, AUTHORIZATION));
    assert_false(memory_contains(tunnel, size, "CONNECT"));
    assert_false(memory_contains(tunnel, size, "\r\n\r\n"));
    assert_int_equal(write(pair.theirs, "HTTP/1.1 200 Sure", 17), 17);
    assert_int_equal(tunnel_step(tunnel, &error), NET_WANT_READ);
    wipes_forget();
    tunnel_free(tunnel);
    assert_int_equal(wipes_of(SPAN("HTTP/1.1 200 Sure")), 1);
    assert_true(wiped_size > 8192);
    /* A request that was not sent. */
    tunnel = open_tunnel(pair.ours, "http://user:word@proxy", "https://h/");
    wipes_forget();
    tunnel_free(tunnel);
    assert_int_equal(wipes_of(SPAN(AUTHORIZATION)), 1);
    tunnel_free(NULL);
    close(pair.ours);
    close(pair.theirs);
}

/* What happens to the connection while sending and waiting. */
static void test_connection_errors(void **state) {
    (void)state;
    pinetoken_error error = {0};
    struct pair pair = open_pair();
    struct tunnel *tunnel = open_tunnel(pair.ours, "http://proxy", "https://h/");
    close(pair.theirs);
    assert_int_equal(tunnel_step(tunnel, &error), NET_FAILED);
    assert_int_equal(error.status, PINETOKEN_NETWORK);
    assert_int_equal(error.system_errno, EPIPE);
    assert_true(error.transient);
    assert_message(error, "proxy proxy:1080: broken pipe");
    tunnel_free(tunnel);
    close(pair.ours);

    /* Closed with the request unread: the kernel says that it was reset. */
    pair = open_pair();
    error = (pinetoken_error){0};
    tunnel = open_tunnel(pair.ours, "http://proxy", "https://h/");
    assert_int_equal(tunnel_step(tunnel, &error), NET_WANT_READ);
    close(pair.theirs);
    assert_int_equal(tunnel_step(tunnel, &error), NET_FAILED);
    assert_int_equal(error.status, PINETOKEN_NETWORK);
    assert_int_equal(error.system_errno, ECONNRESET);
    assert_true(error.transient);
    assert_message(error, "connection reset by peer");
    tunnel_free(tunnel);
    close(pair.ours);

    pair = open_pair();
    error = (pinetoken_error){0};
    tunnel = open_tunnel(pair.ours, "http://proxy", "https://h/");
    send_errno = ETIMEDOUT;
    assert_int_equal(tunnel_step(tunnel, &error), NET_FAILED);
    assert_int_equal(error.system_errno, ETIMEDOUT);
    tunnel_free(tunnel);
    tunnel = open_tunnel(pair.ours, "http://proxy", "https://h/");
    assert_int_equal(tunnel_step(tunnel, &error), NET_WANT_READ);
    recv_errno = ETIMEDOUT;
    assert_int_equal(tunnel_step(tunnel, &error), NET_FAILED);
    assert_int_equal(error.system_errno, ETIMEDOUT);
    tunnel_free(tunnel);
    close(pair.ours);
    close(pair.theirs);
}

static const struct {
    const char *response;
    enum net_progress progress; /* NET_WANT_READ: more is waited for */
    const char *message;
    bool transient;
    int http_status;
} responses[] = {
    {"HTTP/1.1 200 Connection established\r\n\r\n", NET_DONE, "", false, 0},
    {"HTTP/1.0 200 Connection established\r\nProxy-agent: x\r\n\r\n", NET_DONE, "", false, 0},
    {"HTTP/1.1 200\r\n\r\n", NET_DONE, "", false, 0},
    {"HTTP/1.1 299 x\r\nContent-Length: 10\r\n\r\n", NET_DONE, "", false, 0},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", NET_DONE, "", false, 0},
    /* What speaks of a body means nothing (RFC 9110 9.3.6), and none is read. */
    {"HTTP/1.1 200 x\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n", NET_DONE, "",
     false, 0},
    {"HTTP/1.1 100 x\r\n\r\nHTTP/1.1 200 x\r\nTransfer-Encoding: gzip, chunked\r\nContent-Length: "
     "1\r\n"
     "Content-Length: -2\r\nContent-Encoding: br\r\n\r\n",
     NET_DONE, "", false, 0},
    {"HTTP/1.0 200 x\r\nTransfer-Encoding: chunked\r\n\r\n", NET_DONE, "", false, 0},
    {"HTTP/1.1 403 x\r\nContent-Length: 1\r\nContent-Length: 2\r\nTransfer-Encoding: y\r\n\r\n",
     NET_FAILED, "HTTP 403", false, 403},
    {"HTTP/1.1 200 OK\r\n", NET_WANT_READ, "", false, 0},
    {"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n", NET_FAILED,
     "HTTP 407 \"Proxy Authentication Required\", asked for h:443 (give a user", false, 407},
    /* How to log in: with Basic among others, in whatever order, ... */
    {"HTTP/1.1 407 x\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: basic realm=\"a\"\r\n"
     "Proxy-Authenticate: NTLM\r\n\r\n",
     NET_FAILED, "HTTP 407 \"x\", asked for h:443 (give a user", false, 407},
    {"HTTP/1.1 407 x\r\nProxy-Authenticate: Digest realm=\"a, b\", nonce=\"c\",Basic\r\n\r\n",
     NET_FAILED, "HTTP 407 \"x\", asked for h:443 (give a user", false, 407},
    {"HTTP/1.1 407 x\r\nX: Negotiate\r\n\r\n", NET_FAILED,
     "HTTP 407 \"x\", asked for h:443 (give a user", false, 407},
    /* ... or not. */
    {"HTTP/1.1 407 x\r\nProxy-Authenticate: Negotiate\r\n\r\n", NET_FAILED,
     "HTTP 407 \"x\", and offers only \"Negotiate\", asked for h:443 (only Basic is supported, "
     "not Negotiate, NTLM or Digest: connect",
     false, 407},
    {"HTTP/1.1 407 x\r\nproxy-authenticate:Negotiate\r\nY: z\r\nProxy-Authenticate: NTLM\r\n\r\n",
     NET_FAILED, "and offers only \"NTLM\", asked for h:443 (only Basic", false, 407},
    {"HTTP/1.1 407 x\r\nProxy-Authenticate: Negotiate, NTLM\r\n\r\n", NET_FAILED,
     "and offers only \"Negotiate, NTLM\"", false, 407},
    {"HTTP/1.1 407 x\r\nProxy-Authenticate: Digest realm=\"Basic, Basic x\", basic=1\r\n\r\n",
     NET_FAILED, "and offers only \"Digest realm=", false, 407},
    {"HTTP/1.1 407 x\r\nProxy-Authenticate: Basics\r\n\r\n", NET_FAILED, "offers only \"Basics\"",
     false, 407},
    {"HTTP/1.1 100 x\r\n\r\nHTTP/1.1 407 x\r\nProxy-Authenticate: NTLM\r\n\r\n", NET_FAILED,
     "offers only \"NTLM\"", false, 407},
    {"HTTP/1.1 403 x\r\nProxy-Authenticate: NTLM\r\n\r\n", NET_FAILED, "does not allow", false,
     403},
    {"HTTP/1.1 401 Unauthorized\r\n\r\n", NET_FAILED, "a user and password in --proxy", false, 401},
    {"HTTP/1.1 400 Bad\r\n\r\n", NET_FAILED, "check the host and port in --proxy or https_proxy",
     false, 400},
    {"HTTP/1.1 500 Oops\r\n\r\n", NET_FAILED, "retry later", true, 500},
    {"HTTP/1.1 522 x\r\n\r\n", NET_FAILED, "retry later", true, 522},
    {"HTTP/1.1 429 x\r\n\r\n", NET_FAILED, "retry later", true, 429},
    {"HTTP/1.1 511 x\r\n\r\n", NET_FAILED, "check the host and port in --proxy or https_proxy",
     false, 511},
    {"HTTP/1.1 501 x\r\n\r\n", NET_FAILED, "check the host and port in --proxy or https_proxy",
     false, 501},
    {"HTTP/1.1 505 x\r\n\r\n", NET_FAILED, "check the host and port in --proxy or https_proxy",
     false, 505},
    {"HTTP/1.1 300 x\r\n\r\n", NET_FAILED,
     "answered CONNECT with HTTP 300 \"x\", asked for h:443 (", false, 300},
    {"HTTP/1.1 403 Filtered\r\n\r\n", NET_FAILED, "does not allow", false, 403},
    {"HTTP/1.1 502 Bad Gateway\r\n\r\n", NET_FAILED, "could not reach", true, 502},
    {"HTTP/1.1 503 x\r\n\r\n", NET_FAILED, "retry later", true, 503},
    {"HTTP/1.1 504 x\r\n\r\n", NET_FAILED, "retry later", true, 504},
    {"HTTP/1.1 302 Found\r\nLocation: http://login.portal/\r\n\r\n", NET_FAILED, "HTTP 302", false,
     302},
    {"HTTP/1.1 407 \x1b[31m\r\n\r\n", NET_FAILED, "its response is not HTTP/1.1 at byte", false, 0},
    {"HTTP/1.1 407 \xc3\xa4\r\n\r\n", NET_FAILED, "\\xc3\\xa4", false, 407},
    {"SSH-2.0-OpenSSH\r\n", NET_FAILED, "its response is not HTTP/1.1 at byte", false, 0},
    {"\r\n", NET_FAILED, "its response is not HTTP/1.1 at byte", false, 0},
    {"HTTP/2 200 OK\r\n\r\n", NET_FAILED, "its response is not HTTP/1.1 at byte", false, 0},
    {"HTTP/1.1 200 OK\n\n", NET_FAILED, "its response is not HTTP/1.1 at byte", false, 0},
};

static enum net_progress response(const char *text, size_t part, bool end, pinetoken_error *error) {
    struct pair pair = open_pair();
    struct tunnel *tunnel = open_tunnel(pair.ours, "http://user:word@proxy", "https://h/");
    enum net_progress progress = tunnel_step(tunnel, error);
    char request[1024];
    assert_true(read(pair.theirs, request, sizeof request) > 0);
    for (size_t at = 0; at < strlen(text) && progress == NET_WANT_READ; at += part) {
        size_t size = strlen(text) - at < part ? strlen(text) - at : part;
        assert_int_equal(write(pair.theirs, text + at, size), size);
        progress = tunnel_step(tunnel, error);
    }
    if (end) {
        close(pair.theirs);
        progress = tunnel_step(tunnel, error);
    }
    tunnel_free(tunnel);
    close(pair.ours);
    if (!end) {
        close(pair.theirs);
    }
    return progress;
}

static void test_responses(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(responses); i++) {
        for (size_t part = 1; part < 100; part += 98) {
            pinetoken_error error = {0};
            enum net_progress progress = response(responses[i].response, part, false, &error);
            if (progress != responses[i].progress) {
                fail_msg("%s: %d", responses[i].response, (int)progress);
            }
            if (progress == NET_FAILED) {
                assert_int_equal(error.status, PINETOKEN_NETWORK);
                assert_message(error, "proxy proxy:1080");
                assert_message(error, responses[i].message);
                assert_int_equal(error.transient, responses[i].transient);
                assert_int_equal(error.http_status, responses[i].http_status);
                assert_true((error.offset >= 0) == (responses[i].http_status == 0));
            }
        }
    }
}

/* A TLS server speaks second: these bytes are not its own. */
static void test_bytes_after(void **state) {
    (void)state;
    pinetoken_error error = {0};
    assert_int_equal(response("HTTP/1.1 200 OK\r\n\r\nx", 100, false, &error), NET_FAILED);
    assert_message(error, "proxy proxy:1080: unexpected bytes after its response, at byte 19 (");
    assert_int_equal(error.offset, 19);
    assert_int_equal(error.status, PINETOKEN_NETWORK);
}

static void test_closed(void **state) {
    (void)state;
    pinetoken_error error = {0};
    assert_int_equal(response("HTTP/1.1 200 OK\r\n", 100, true, &error), NET_FAILED);
    assert_message(error, "proxy proxy:1080 closed the connection before it answered (");
    assert_int_equal(error.system_errno, 0);
    assert_true(error.transient);
}

/* What is said by turns, over a pair of sockets; the bytes of the proxy `part` at a time. */
static enum net_progress socks(size_t part, const char *last, size_t last_size, bool end,
                               pinetoken_error *error) {
    static const struct {
        const char *sent, *reply;
        size_t sent_size, reply_size;
    } turns[] = {{"\5\2\0\2", "\5\2", 4, 2}, {"\1\4user\4word", "\1\0", 11, 2}};
    struct pair pair = open_pair();
    struct tunnel *tunnel = open_tunnel(pair.ours, "socks5h://user:word@proxy", "https://h/");
    const size_t memory = malloc_usable_size(tunnel);
    enum net_progress progress = tunnel_step(tunnel, error);
    char data[64];
    for (size_t i = 0; i < COUNT(turns); i++) {
        assert_int_equal(progress, NET_WANT_READ);
        assert_int_equal(read(pair.theirs, data, sizeof data), turns[i].sent_size);
        assert_memory_equal(data, turns[i].sent, turns[i].sent_size);
        /* What was sent is wiped. */
        assert_false(memory_contains(tunnel, memory, "\4word"));
        for (size_t at = 0; at < turns[i].reply_size; at += part) {
            size_t size = turns[i].reply_size - at < part ? turns[i].reply_size - at : part;
            assert_int_equal(write(pair.theirs, turns[i].reply + at, size), size);
            progress = tunnel_step(tunnel, error);
        }
    }
    assert_int_equal(read(pair.theirs, data, sizeof data), 8);
    assert_memory_equal(data, "\5\1\0\3\1h\x01\xbb", 8);
    for (size_t at = 0; at < last_size && progress == NET_WANT_READ; at += part) {
        size_t size = last_size - at < part ? last_size - at : part;
        assert_int_equal(write(pair.theirs, last + at, size), size);
        progress = tunnel_step(tunnel, error);
    }
    if (end) {
        close(pair.theirs);
        progress = tunnel_step(tunnel, error);
    } else if (progress == NET_DONE) {
        /* What comes next is the origin's, and still there. */
        assert_int_equal(write(pair.theirs, "next", 4), 4);
        assert_int_equal(read(pair.ours, data, sizeof data), last_size == 11 ? 5 : 4);
    }
    tunnel_free(tunnel);
    close(pair.ours);
    if (!end) {
        close(pair.theirs);
    }
    return progress;
}

static void test_socks(void **state) {
    (void)state;
    for (size_t part = 1; part < 30; part++) {
        pinetoken_error error = {0};
        assert_int_equal(socks(part, "\5\0\0\1abcd\1\2", 10, false, &error), NET_DONE);
        assert_int_equal(socks(part, "\5\5\0\1abcd\1\2", 10, false, &error), NET_FAILED);
        assert_int_equal(error.status, PINETOKEN_NETWORK);
        assert_true(error.transient);
        assert_message(error, "proxy proxy:1080: SOCKS5: connection refused, asked for h:443 (it");
        error = (pinetoken_error){0};
        assert_int_equal(socks(part, "\5\2", 2, false, &error), NET_FAILED);
        assert_false(error.transient);
        assert_message(error,
                       "proxy proxy:1080: SOCKS5: not allowed by its rules, asked for h:443");
        assert_int_equal(socks(part, "\5\0\0\1abc", 7, true, &error), NET_FAILED);
        assert_message(error, "proxy proxy:1080 closed the connection before it answered (");
        assert_true(error.transient);
    }
    pinetoken_error error = {0};
    assert_int_equal(socks(30, "\5\0\0\1abcd\1\2n", 11, false, &error), NET_DONE);
}

static void test_endless_head(void **state) {
    (void)state;
    static char text[20480];
    pinetoken_error error = {0};
    strcpy(text, "HTTP/1.1 200 OK\r\n");
    while (strlen(text) < 17000) {
        strcat(
            text,
            "X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
            "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r"
            "\n");
    }
    assert_int_equal(response(text, 1000, false, &error), NET_FAILED);
    assert_int_equal(error.status, PINETOKEN_NETWORK);
    assert_int_equal(error.offset, 16384);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_longest_request),
        cmocka_unit_test(test_responses),
        cmocka_unit_test(test_bytes_after),
        cmocka_unit_test(test_closed),
        cmocka_unit_test(test_endless_head),
        cmocka_unit_test(test_socks),
        cmocka_unit_test(test_wipes),
        cmocka_unit_test(test_connection_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
