/* CONNECT over a pair of sockets: the request to the byte, and every answer whole and byte by byte.
 */
#include "net/tunnel.h"

#include "support/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

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
    pinetoken_error error;
    assert_true(proxy_url_parse(span_text(proxy_text), &proxy, &error));
    assert_true(url_parse(span_text(origin_text), &origin, &error));
    struct tunnel *tunnel = tunnel_new(fd, &proxy, &origin, &error);
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
        pinetoken_error error;
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

/* The longest credentials and host there can be go out whole, over a socket that takes little at
 * once. */
static void test_longest_request(void **state) {
    (void)state;
    char proxy[2049];
    char origin[300] = "https://";
    char data[16384];
    size_t size = 0;
    const int small = 1;
    pinetoken_error error;
    struct pair pair = open_pair();
    memset(proxy, 'u', sizeof proxy - 1);
    memcpy(proxy + 2048 - 6, "@proxy", 7);
    memset(origin + 8, 'h', 253);
    origin[8 + 253] = '\0';
    (void)setsockopt(pair.ours, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    struct tunnel *tunnel = open_tunnel(pair.ours, proxy, origin);
    while (tunnel_step(tunnel, &error) == NET_WANT_WRITE || size == 0) {
        ssize_t got = read(pair.theirs, data + size, sizeof data - size);
        assert_true(got > 0);
        size += (size_t)got;
    }
    ssize_t rest = read(pair.theirs, data + size, sizeof data - size);
    size += rest > 0 ? (size_t)rest : 0;
    assert_memory_equal(data + size - 4, "\r\n\r\n", 4);
    assert_true(size > 2042 * 4 / 3 + 2 * 253);
    tunnel_free(tunnel);
    close(pair.ours);
    close(pair.theirs);
}

static const struct {
    const char *answer;
    enum net_progress progress; /* NET_WANT_READ: more is waited for */
    const char *message;
    bool transient;
    int http_status;
} answers[] = {
    {"HTTP/1.1 200 Connection established\r\n\r\n", NET_DONE, "", false, 0},
    {"HTTP/1.0 200 Connection established\r\nProxy-agent: x\r\n\r\n", NET_DONE, "", false, 0},
    {"HTTP/1.1 200\r\n\r\n", NET_DONE, "", false, 0},
    {"HTTP/1.1 299 x\r\nContent-Length: 10\r\n\r\n", NET_DONE, "", false, 0},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", NET_DONE, "", false, 0},
    {"HTTP/1.1 200 OK\r\n", NET_WANT_READ, "", false, 0},
    {"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n", NET_FAILED,
     "HTTP 407 \"Proxy Authentication Required\" to CONNECT (give it a user", false, 407},
    {"HTTP/1.1 403 Filtered\r\n\r\n", NET_FAILED, "does not allow", false, 403},
    {"HTTP/1.1 502 Bad Gateway\r\n\r\n", NET_FAILED, "could not reach", true, 502},
    {"HTTP/1.1 503 x\r\n\r\n", NET_FAILED, "HTTP 503", true, 503},
    {"HTTP/1.1 504 x\r\n\r\n", NET_FAILED, "HTTP 504", true, 504},
    {"HTTP/1.1 302 Found\r\nLocation: http://login.portal/\r\n\r\n", NET_FAILED, "HTTP 302", false,
     302},
    {"HTTP/1.1 407 \x1b[31m\r\n\r\n", NET_FAILED, "no HTTP/1.1", false, 0},
    {"HTTP/1.1 407 \xc3\xa4\r\n\r\n", NET_FAILED, "\\xc3\\xa4", false, 407},
    {"SSH-2.0-OpenSSH\r\n", NET_FAILED, "no HTTP/1.1", false, 0},
    {"\r\n", NET_FAILED, "no HTTP/1.1", false, 0},
    {"HTTP/2 200 OK\r\n\r\n", NET_FAILED, "no HTTP/1.1", false, 0},
    {"HTTP/1.1 200 OK\n\n", NET_FAILED, "no HTTP/1.1", false, 0},
};

static enum net_progress answer(const char *text, size_t part, bool end, pinetoken_error *error) {
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

static void test_answers(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        for (size_t part = 1; part < 100; part += 98) {
            pinetoken_error error;
            enum net_progress progress = answer(answers[i].answer, part, false, &error);
            if (progress != answers[i].progress) {
                fail_msg("%s: %d", answers[i].answer, (int)progress);
            }
            if (progress == NET_FAILED) {
                assert_int_equal(error.status, PINETOKEN_NETWORK);
                assert_message(error, "proxy: ");
                assert_message(error, answers[i].message);
                assert_int_equal(error.transient, answers[i].transient);
                assert_int_equal(error.http_status, answers[i].http_status);
            }
        }
    }
}

/* A TLS server speaks second: these bytes are not its own. */
static void test_bytes_behind(void **state) {
    (void)state;
    pinetoken_error error;
    assert_int_equal(answer("HTTP/1.1 200 OK\r\n\r\nx", 100, false, &error), NET_FAILED);
    assert_message(error, "nobody asked for stands at byte 19");
    assert_int_equal(error.status, PINETOKEN_NETWORK);
}

static void test_closed(void **state) {
    (void)state;
    pinetoken_error error;
    assert_int_equal(answer("HTTP/1.1 200 OK\r\n", 100, true, &error), NET_FAILED);
    assert_message(error, "closed before it answered");
    assert_true(error.transient);
}

static void test_endless_head(void **state) {
    (void)state;
    static char text[16384];
    pinetoken_error error;
    strcpy(text, "HTTP/1.1 200 OK\r\n");
    while (strlen(text) < 10000) {
        strcat(
            text,
            "X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
            "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r"
            "\n");
    }
    assert_int_equal(answer(text, 1000, false, &error), NET_FAILED);
    assert_int_equal(error.status, PINETOKEN_NETWORK);
    assert_int_equal(error.offset, 8192);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests), cmocka_unit_test(test_longest_request),
        cmocka_unit_test(test_answers),  cmocka_unit_test(test_bytes_behind),
        cmocka_unit_test(test_closed),   cmocka_unit_test(test_endless_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
