/* Name resolution and connections, on loopback. */
#include "net/dial.h"
#include "net/resolve.h"

#include "support/test.h"

#include <dirent.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct log silent = {.function = NULL};

/* A listener on 127.0.0.1; *port is its own. */
static int listen_somewhere(uint16_t *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static enum net_progress look_up(const char *host, uint16_t port, struct addresses *addresses,
                                 pinetoken_error *error) {
    struct resolve *resolve = resolve_start(span_text(host), port, PINETOKEN_FAMILY_ANY, error);
    assert_non_null(resolve);
    enum net_progress progress = resolve_finish(resolve, addresses, error);
    while (progress == NET_WANT_READ) {
        struct pollfd wait = {.fd = resolve_descriptor(resolve), .events = POLLIN};
        assert_true(wait.fd >= 0);
        assert_int_equal(poll(&wait, 1, 60000), 1);
        progress = resolve_finish(resolve, addresses, error);
    }
    resolve_free(resolve);
    return progress;
}

static enum net_progress dial_all(struct dial *dial, pinetoken_error *error) {
    enum net_progress progress = dial_step(dial, 1000, &silent, error);
    while (progress == NET_WANT_READ) {
        struct pollfd wait = {.fd = dial->epoll, .events = POLLIN};
        assert_int_equal(poll(&wait, 1, 60000), 1);
        progress = dial_step(dial, 1000, &silent, error);
    }
    return progress;
}

static void test_literals_and_localhost(void **state) {
    (void)state;
    struct addresses addresses;
    pinetoken_error error = {0};
    assert_int_equal(look_up("127.0.0.2", 1, &addresses, &error), NET_DONE);
    assert_int_equal(addresses.count, 1);
    assert_int_equal(ntohl(addresses.list[0].v4.sin_addr.s_addr), 0x7f000002);
    assert_int_equal(look_up("::1", 7, &addresses, &error), NET_DONE);
    assert_int_equal(addresses.list[0].any.sa_family, AF_INET6);
    assert_int_equal(ntohs(addresses.list[0].v6.sin6_port), 7);
    assert_int_equal(look_up("LocalHost", 7, &addresses, &error), NET_DONE);
    assert_int_equal(addresses.count, 2);
}

static void test_unknown_name(void **state) {
    (void)state;
    struct addresses addresses;
    pinetoken_error error = {0};
    /* RFC 6761 6.4: never a name, with or without a resolver. */
    assert_int_equal(look_up("name.invalid", 7, &addresses, &error), NET_FAILED);
    assert_int_equal(error.status, PINETOKEN_NETWORK);
    assert_message(error, "\"name.invalid\"");
}

static int count_threads(void) {
    int threads = 0;
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    for (const struct dirent *each = readdir(tasks); each != NULL; each = readdir(tasks)) {
        threads += each->d_name[0] != '.' ? 1 : 0;
    }
    closedir(tasks);
    return threads;
}

/* Until there are no more than `before` (an emulator has its own): a minute is more than any
 * resolver tries. */
static void wait_for_threads(int before) {
    for (int i = 0; i < 600 && count_threads() > before; i++) {
        (void)poll(NULL, 0, 100);
    }
    if (count_threads() <= before) {
        return;
    }
    fail_msg("threads are left");
}

/* Left behind while it looks up: the thread takes its memory with it. */
static void test_left_behind(void **state) {
    (void)state;
    pinetoken_error error = {0};
    const int before = count_threads();
    for (int i = 0; i < 20; i++) {
        struct resolve *resolve =
            resolve_start(SPAN("name.invalid"), 7, PINETOKEN_FAMILY_ANY, &error);
        assert_non_null(resolve);
        resolve_free(resolve);
    }
    resolve_free(NULL);
    wait_for_threads(before);
}

static void test_connects(void **state) {
    (void)state;
    uint16_t port = 0;
    int listener = listen_somewhere(&port);
    struct addresses addresses;
    struct dial dial;
    pinetoken_error error = {0};
    int no_delay = 0;
    socklen_t size = sizeof no_delay;
    /* Nothing listens on ::1 at this port: the second address is taken. */
    assert_int_equal(look_up("localhost", port, &addresses, &error), NET_DONE);
    dial_init(&dial, &addresses, false);
    assert_int_equal(dial_all(&dial, &error), NET_DONE);
    int fd = dial_take(&dial);
    assert_true(fd >= 0);
    assert_int_equal(dial_take(&dial), -1);
    dial_free(&dial);
    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, &size), 0);
    assert_int_not_equal(no_delay, 0);
    close(fd);
    close(listener);
}

static void test_families(void **state) {
    (void)state;
    pinetoken_error error = {0};
    struct addresses addresses = {.count = 0};
    struct resolve *resolve = resolve_start(SPAN("localhost"), 7, PINETOKEN_FAMILY_IPV4, &error);
    assert_int_equal(resolve_finish(resolve, &addresses, &error), NET_DONE);
    assert_int_equal(addresses.count, 1);
    assert_int_equal(addresses.list[0].any.sa_family, AF_INET);
    resolve_free(resolve);
    resolve = resolve_start(SPAN("127.0.0.1"), 7, PINETOKEN_FAMILY_IPV6, &error);
    assert_int_equal(resolve_finish(resolve, &addresses, &error), NET_FAILED);
    assert_int_equal(error.status, PINETOKEN_NETWORK);
    assert_false(error.transient);
    assert_message(error, "family");
    resolve_free(resolve);
}

/* A listener whose queue is full takes no connection: the kernel drops what comes, as a network
 * that loses packets does. */
static int listen_and_stall(uint16_t *port, int fillers[2]) {
    int listener = listen_somewhere(port);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(listen(listener, 0), 0);
    for (int i = 0; i < 2; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(fillers[i], (struct sockaddr *)&address, sizeof address);
        (void)poll(NULL, 0, 20);
    }
    return listener;
}

static void add(struct addresses *addresses, const char *text, uint16_t port) {
    union address address;
    assert_true(address_parse(span_text(text), port, &address));
    addresses_add(addresses, PINETOKEN_FAMILY_ANY, &address);
}

/* RFC 8305 5: the second joins 250 ms later, wins, and the first is closed. */
static void test_race(void **state) {
    (void)state;
    uint16_t stalled_port = 0;
    uint16_t port = 0;
    int fillers[2];
    int stalled = listen_and_stall(&stalled_port, fillers);
    int listener = listen_somewhere(&port);
    struct addresses addresses = {.count = 0};
    struct dial dial;
    pinetoken_error error = {0};
    add(&addresses, "127.0.0.1", stalled_port);
    add(&addresses, "127.0.0.1", port);
    dial_init(&dial, &addresses, false);
    assert_int_equal(dial_step(&dial, 1000, &silent, &error), NET_WANT_READ);
    assert_int_equal(dial.next_at, 1250);
    assert_int_equal(dial_step(&dial, 1249, &silent, &error), NET_WANT_READ);
    assert_int_equal(dial.next, 1);
    enum net_progress progress = dial_step(&dial, 1250, &silent, &error);
    assert_int_equal(dial.next, 2);
    while (progress == NET_WANT_READ) {
        struct pollfd wait = {.fd = dial.epoll, .events = POLLIN};
        assert_int_equal(poll(&wait, 1, 60000), 1);
        progress = dial_step(&dial, 1250, &silent, &error);
    }
    assert_int_equal(progress, NET_DONE);
    assert_int_equal(dial.open_count, 0);
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    int fd = dial_take(&dial);
    assert_int_equal(getpeername(fd, (struct sockaddr *)&peer, &size), 0);
    assert_int_equal(ntohs(peer.sin_port), port);
    close(fd);
    dial_free(&dial);
    close(fillers[0]);
    close(fillers[1]);
    close(stalled);
    close(listener);
}

/* One that is refused makes the next one start at once. */
static void test_refused_does_not_delay(void **state) {
    (void)state;
    uint16_t closed_port = 0;
    uint16_t port = 0;
    close(listen_somewhere(&closed_port));
    int listener = listen_somewhere(&port);
    struct addresses addresses = {.count = 0};
    struct dial dial;
    pinetoken_error error = {0};
    for (int i = 0; i < 5; i++) {
        add(&addresses, "127.0.0.1", closed_port);
    }
    add(&addresses, "127.0.0.1", port);
    dial_init(&dial, &addresses, false);
    /* The time stands still at 1000. */
    assert_int_equal(dial_all(&dial, &error), NET_DONE);
    close(dial_take(&dial));
    dial_free(&dial);
    close(listener);
}

static void test_refused(void **state) {
    (void)state;
    uint16_t port = 0;
    int listener = listen_somewhere(&port);
    struct addresses addresses;
    struct dial dial;
    pinetoken_error error = {0};
    close(listener);
    assert_int_equal(look_up("127.0.0.1", port, &addresses, &error), NET_DONE);
    dial_init(&dial, &addresses, false);
    assert_int_equal(dial_all(&dial, &error), NET_FAILED);
    assert_int_equal(error.status, PINETOKEN_NETWORK);
    assert_int_equal(error.system_errno, ECONNREFUSED);
    assert_true(error.transient);
    assert_message(error, "127.0.0.1");
    assert_int_equal(dial.open_count, 0);
    dial_free(&dial);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literals_and_localhost),
        cmocka_unit_test(test_unknown_name),
        cmocka_unit_test(test_left_behind),
        cmocka_unit_test(test_connects),
        cmocka_unit_test(test_families),
        cmocka_unit_test(test_race),
        cmocka_unit_test(test_refused_does_not_delay),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
