/* What a server sends, from the start of the handshake to the end of the connection: recorded from
 * real ones, for a client whose randomness and clock are always the same, so that the bytes
 * decrypt. However they are cut into reads, the verdict is the same.
 *
 * An input is the size of a root certificate (two bytes), the certificate, and the bytes. With
 * FUZZ_CONNECT=PORT in the environment only the root counts, and a real server is talked to:
 * tests/fuzz/record.py records flights so. */
#include "fuzz.h"
#include "os/hooks.h"
#include "tls/tls.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
    uint32_t state; /* of its randomness */
    struct roots roots;
    int fd, peer; /* peer -1: a real server */
};

/* 2030: what was recorded is valid. */
static int64_t then(void *user) {
    (void)user;
    return INT64_C(1893456000);
}

static bool draw(void *user, void *data, size_t size) {
    struct client *client = user;
    for (size_t i = 0; i < size; i++) {
        client->state = client->state * 1664525u + 1013904223u;
        ((unsigned char *)data)[i] = (unsigned char)(client->state >> 24);
    }
    return true;
}

static int connect_to(const char *port) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(connect(fd, (const struct sockaddr *)&address, sizeof address) == 0);
    return fd;
}

static void open_connection(struct client *client) {
    int ends[2] = {-1, -1};
    const char *port = getenv("FUZZ_CONNECT");
    if (port != NULL) {
        client->fd = connect_to(port);
        client->peer = -1;
        return;
    }
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    client->fd = ends[0];
    client->peer = ends[1];
    REQUIRE(fcntl(client->fd, F_SETFL, O_NONBLOCK) == 0);
}

/* As far as it goes: handshake, a request, whatever comes back. */
static enum net_progress run(struct tls *tls, bool *is_open, size_t *received,
                             pinetoken_error *error) {
    char data[512];
    size_t size = 1;
    enum net_progress progress = NET_DONE;
    if (!*is_open) {
        progress = tls_handshake(tls, error);
        *is_open = progress == NET_DONE;
        if (*is_open) {
            progress = tls_write(tls, SPAN("GET / HTTP/1.1\r\n\r\n"), &size, error);
        }
    }
    while (progress == NET_DONE && size > 0) {
        progress = tls_read(tls, data, sizeof data, &size, error);
        *received += progress == NET_DONE ? size : 0;
    }
    return progress;
}

/* Bytes received and how it ended, as a number to compare. */
static size_t exchange(struct client *client, span first, span second) {
    const struct log log = {NULL, NULL, PINETOKEN_LOG_WARN};
    const struct tls_peer peer = {.address = {.host = SPAN("localhost"), .port = 443},
                                  .roots = &client->roots};
    pinetoken_error error = {.status = PINETOKEN_OK};
    size_t received = 0;
    bool is_open = false;
    enum net_progress progress = NET_WANT_READ;
    client->state = 1;
    open_connection(client);
    struct tls *tls = tls_new(client->fd, &peer, &log, &error);
    REQUIRE(tls != NULL);
    const span parts[] = {first, second};
    for (size_t i = 0; progress == NET_WANT_READ && client->peer >= 0 && i < 2; i++) {
        REQUIRE(write(client->peer, parts[i].data, parts[i].size) == (ssize_t)parts[i].size);
        progress = run(tls, &is_open, &received, &error);
    }
    if (client->peer >= 0) {
        shutdown(client->peer, SHUT_WR);
    }
    for (int i = 0; i < 3 && (progress == NET_WANT_READ || progress == NET_WANT_WRITE); i++) {
        progress = run(tls, &is_open, &received, &error);
    }
    REQUIRE(progress == NET_DONE || (error.status != PINETOKEN_OK && error.message[0] != '\0'));
    if (getenv("FUZZ_CONNECT") != NULL || getenv("FUZZ_SHOW") != NULL) {
        fprintf(stderr, "received %zu, open %d, %s\n", received, is_open, error.message);
    }
    tls_free(tls);
    close(client->fd);
    if (client->peer >= 0) {
        close(client->peer);
    }
    return received * 4 + (is_open ? 2 : 0) + (progress == NET_DONE ? 1 : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct client client = {.roots = {.origin = "roots"}};
    const pinetoken_config config = {.now = then, .random = draw, .user = &client};
    size_t root = size < 2 ? size : 2 + ((size_t)data[0] << 8 | data[1]);
    if (root >= size || size - root > 60000) {
        return 0;
    }
    client.roots.bundle =
        (struct bundle){.data = (unsigned char *)copy_of(data, root), .size = root, .count = 1};
    const span bytes = {(const char *)data + root, size - root};
    hooks_use(&config);
    size_t whole = exchange(&client, bytes, (span){NULL, 0});
    if (client.peer >= 0) {
        /* Where the bytes are cut depends on them. */
        size_t cut = (data[size - 1] * 256u + data[size / 2]) % (bytes.size + 1);
        size_t parts = exchange(&client, span_cut(bytes, 0, cut), span_cut(bytes, cut, bytes.size));
        REQUIRE(whole == parts);
    }
    hooks_use(NULL);
    roots_free(&client.roots);
    return 0;
}
