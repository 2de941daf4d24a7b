/* Name resolution and connections, on loopback. */
#include "net/dial.h"
#include "net/resolve.h"

#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct log silent = {.function = NULL};

/* Errors to return in place of the system's; 0: the system is called. */
static int socket_errno, setsockopt_errno, epoll_errno, epoll_add_errno;
/* Connections to ports from 1 up to this are played: each `connect` takes the next of its errors, 0
 * is a connection; the last one stays. */
#define PLAYED_PORTS 4
static int played[PLAYED_PORTS + 1][4];
static size_t played_calls[PLAYED_PORTS + 1];

static int set_errno(int number) {
    errno = number;
    return number == 0 ? 0 : -1;
}

/* In place of the C library's. */
int socket(int domain, int type, int protocol) {
    return socket_errno != 0 ? set_errno(socket_errno)
                             : (int)syscall(SYS_socket, domain, type, protocol);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t size) {
    return setsockopt_errno != 0 ? set_errno(setsockopt_errno)
                                 : (int)syscall(SYS_setsockopt, fd, level, name, value, size);
}

/* The GNU C library declares it in a way that ISO C cannot repeat. */
int play_connect(int fd, const struct sockaddr *address, socklen_t size) __asm__("connect");

int play_connect(int fd, const struct sockaddr *address, socklen_t size) {
    struct sockaddr_in v4;
    assert_true(size >= sizeof v4);
    memcpy(&v4, address, sizeof v4);
    size_t port = ntohs(v4.sin_port);
    if (port == 0 || port > PLAYED_PORTS) {
        return (int)syscall(SYS_connect, fd, address, size);
    }
    size_t call = played_calls[port]++;
    return set_errno(played[port][call < COUNT(played[port]) ? call : COUNT(played[port]) - 1]);
}

int epoll_create1(int flags) {
    return epoll_errno != 0 ? set_errno(epoll_errno) : (int)syscall(SYS_epoll_create1, flags);
}

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event) {
    return epoll_add_errno != 0 ? set_errno(epoll_add_errno)
                                : (int)syscall(SYS_epoll_ctl, epoll, operation, fd, event);
}

static void play(uint16_t port, int first, int second, int third, int last) {
    const int numbers[] = {first, second, third, last};
    memcpy(played[port], numbers, sizeof numbers);
    played_calls[port] = 0;
}

static int count_descriptors(void) {
    int count = 0;
    for (int fd = 0; fd < 256; fd++) {
        count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    }
    return count;
}

/* What was logged: a line each, "LEVEL WHAT TEXT NUMBER". */
static char logged[2048];

static void log_line(void *user, const pinetoken_event *event) {
    size_t size = strlen(logged);
    (void)user;
    assert_int_equal(event->phase, PINETOKEN_PHASE_DIAL);
    (void)snprintf(logged + size, sizeof logged - size, "%d %s %.*s %lld\n", (int)event->level,
                   event->what, (int)event->text.size, event->text.data, (long long)event->number);
}

static const struct log loud = {.function = log_line, .level = PINETOKEN_LOG_TRACE};

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
    int64_t now = 1000;
    addresses->count = 0;
    enum net_progress progress = resolve_step(resolve, now, addresses, error);
    while (progress == NET_WANT_READ) {
        struct pollfd wait = {.fd = resolve_descriptor(resolve), .events = POLLIN};
        assert_true(wait.fd >= 0 && resolve_wake_at(resolve) > now);
        int ready = poll(&wait, 1, (int)(resolve_wake_at(resolve) - now));
        now = ready == 0 ? resolve_wake_at(resolve) : now;
        progress = resolve_step(resolve, now, addresses, error);
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

/* Freed during a lookup: nothing of it is left. */
static void test_freed_during_a_lookup(void **state) {
    (void)state;
    pinetoken_error error = {0};
    struct addresses addresses = {.count = 0};
    const int before = count_descriptors();
    for (int i = 0; i < 20; i++) {
        struct resolve *resolve =
            resolve_start(SPAN("name.invalid"), 7, PINETOKEN_FAMILY_ANY, &error);
        assert_non_null(resolve);
        enum net_progress progress = resolve_step(resolve, 1000, &addresses, &error);
        assert_true(progress == NET_WANT_READ || progress == NET_FAILED);
        resolve_free(resolve);
        assert_int_equal(count_descriptors(), before);
    }
    resolve_free(NULL);
}

/* Names that are not DNS names. */
static void test_not_a_name(void **state) {
    (void)state;
    static const char *const names[] = {
        "a..b", "..", ".", "a.b..",
        "a-label-of-64-bytes-is-one-too-long-for-the-domain-name-system--.test"};
    for (size_t i = 0; i < COUNT(names); i++) {
        pinetoken_error error = {0};
        assert_null(resolve_start(span_text(names[i]), 7, PINETOKEN_FAMILY_ANY, &error));
        assert_int_equal(error.status, PINETOKEN_USAGE);
    }
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
    /* Nothing listens on ::1 at this port: the second address is used. */
    assert_int_equal(look_up("localhost", port, &addresses, &error), NET_DONE);
    dial_init(&dial, &(struct net_peer){SPAN("issuer.test"), port}, false, &addresses);
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
    assert_int_equal(resolve_step(resolve, 1000, &addresses, &error), NET_DONE);
    assert_int_equal(addresses.count, 1);
    assert_int_equal(addresses.list[0].any.sa_family, AF_INET);
    resolve_free(resolve);
    resolve = resolve_start(SPAN("127.0.0.1"), 7, PINETOKEN_FAMILY_IPV6, &error);
    assert_int_equal(resolve_step(resolve, 1000, &addresses, &error), NET_FAILED);
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

/* Addresses 127.0.0.1:1, 127.0.0.2:2 and so on. */
static const struct net_peer issuer_peer = {{"issuer.test", 11}, 443};

static struct addresses make_played(size_t count) {
    struct addresses addresses = {.count = 0};
    for (size_t i = 1; i <= count; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "127.0.0.%zu", i);
        add(&addresses, text, (uint16_t)i);
    }
    return addresses;
}

/* Failures of every kind, at once and after a while: the message, and whether it is transient. */
static void test_failures(void **state) {
    (void)state;
    static const struct {
        int number;
        bool transient;
    } cases[] = {
        {ECONNREFUSED, true},  {ECONNRESET, true}, {ECONNABORTED, true}, {EHOSTUNREACH, true},
        {ENETUNREACH, true},   {ENETDOWN, true},   {EHOSTDOWN, true},    {ETIMEDOUT, true},
        {EADDRNOTAVAIL, true}, {EACCES, false},    {EPERM, false},       {EAFNOSUPPORT, false},
        {EMFILE, false},
    };
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        const int number = cases[i / 2].number;
        const bool at_once = i % 2 == 0;
        const struct addresses addresses = make_played(1);
        struct dial dial;
        pinetoken_error error = {0};
        char expected[256];
        const int before = count_descriptors();
        play(1, at_once ? number : EINPROGRESS, number, number, number);
        dial_init(&dial, &issuer_peer, i % 4 < 2, &addresses);
        logged[0] = '\0';
        assert_int_equal(dial_step(&dial, 1000, &loud, &error), NET_FAILED);
        assert_int_equal(error.status, PINETOKEN_NETWORK);
        assert_int_equal(error.system_errno, number);
        assert_int_equal(error.transient, cases[i / 2].transient);
        (void)snprintf(expected, sizeof expected,
                       "cannot connect to %sissuer.test:443 (127.0.0.1): %s",
                       i % 4 < 2 ? "the proxy " : "", strerror(number));
        assert_int_equal(strcasecmp(error.message, expected), 0);
        assert_advice(error, i % 4 < 2 ? "--proxy" : "check host, port and firewall");
        (void)snprintf(expected, sizeof expected,
                       "2 trying 127.0.0.1 -1\n2 no connection to 127.0.0.1 -1\n"
                       "2 because of errno %s %d\n",
                       strerror(number), number);
        assert_string_equal(logged, expected);
        assert_int_equal(dial_take(&dial), -1);
        /* The set that is waited for is all that is left. */
        assert_int_equal(count_descriptors(), before + 1);
        dial_free(&dial);
        assert_int_equal(count_descriptors(), before);
        dial_free(&dial);
    }
}

/* The last one that failed is named, and how many others there were. */
static void test_several_failures(void **state) {
    (void)state;
    for (size_t count = 1; count <= 3; count++) {
        const struct addresses addresses = make_played(count);
        struct dial dial;
        pinetoken_error error = {0};
        char expected[64] = "";
        play(1, EACCES, EACCES, EACCES, EACCES);
        play(2, ECONNREFUSED, ECONNREFUSED, ECONNREFUSED, ECONNREFUSED);
        play(3, EPERM, EPERM, EPERM, EPERM);
        dial_init(&dial, &issuer_peer, false, &addresses);
        assert_int_equal(dial_step(&dial, 1000, &silent, &error), NET_FAILED);
        (void)snprintf(expected, sizeof expected, "issuer.test:443 (127.0.0.%zu", count);
        assert_message(error, expected);
        (void)snprintf(expected, sizeof expected, " and %zu more): ", count - 1);
        assert_int_equal(strstr(error.message, expected) != NULL, count > 1);
        assert_int_equal(error.transient, count == 2);
        dial_free(&dial);
    }
}

/* The first that is connected wins, also when another one is at the same time; the others are
 * closed. */
static void test_winner(void **state) {
    (void)state;
    static const struct {
        int first[4], second[4];
        size_t winner;
    } cases[] = {
        {{EINPROGRESS, EALREADY, EALREADY, EALREADY}, {EINPROGRESS, 0, 0, 0}, 1},
        {{EINPROGRESS, EALREADY, EINPROGRESS, EALREADY}, {0, EISCONN, EISCONN, EISCONN}, 1},
        {{EINPROGRESS, EINPROGRESS, EALREADY, EISCONN}, {EINPROGRESS, 0, 0, 0}, 0},
        {{EINPROGRESS, EALREADY, EALREADY, 0}, {EINPROGRESS, EISCONN, EISCONN, EISCONN}, 0},
        {{EINPROGRESS, EALREADY, EALREADY, ECONNREFUSED}, {EINPROGRESS, 0, 0, 0}, 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct addresses addresses = make_played(2);
        struct dial dial;
        pinetoken_error error = {0};
        const int before = count_descriptors();
        memcpy(played[1], cases[i].first, sizeof played[1]);
        memcpy(played[2], cases[i].second, sizeof played[2]);
        played_calls[1] = 0;
        played_calls[2] = 0;
        dial_init(&dial, &issuer_peer, false, &addresses);
        logged[0] = '\0';
        assert_int_equal(dial_step(&dial, 1000, &loud, &error), NET_WANT_READ);
        assert_int_equal(dial.next_at, 1000 + LIMIT_DIAL_DELAY_MS);
        const int fds[] = {dial.open[0].fd, dial.open[0].fd + 1};
        assert_int_equal(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
        assert_int_equal(fcntl(dial.epoll, F_GETFD), FD_CLOEXEC);
        assert_true((fcntl(fds[0], F_GETFL) & O_NONBLOCK) != 0);
        assert_int_equal(dial_step(&dial, 1000 + LIMIT_DIAL_DELAY_MS, &loud, &error), NET_DONE);
        assert_int_equal(dial.open_count, 0);
        assert_int_equal(dial.connected, fds[cases[i].winner]);
        assert_int_equal(count_descriptors(), before + 2);
        char expected[64];
        (void)snprintf(expected, sizeof expected, "1 connected to 127.0.0.%zu -1\n",
                       cases[i].winner + 1);
        assert_non_null(strstr(logged, expected));
        const int fd = dial_take(&dial);
        dial_free(&dial);
        assert_int_equal(count_descriptors(), before + 1);
        close(fd);
    }
}

/* One that nobody takes is closed; so are those under way. */
static void test_what_is_closed(void **state) {
    (void)state;
    const struct addresses addresses = make_played(3);
    struct dial dial;
    pinetoken_error error = {0};
    const int before = count_descriptors();
    play(1, EINPROGRESS, EALREADY, EALREADY, EALREADY);
    play(2, EINPROGRESS, EALREADY, EALREADY, EALREADY);
    play(3, EINPROGRESS, EALREADY, EALREADY, EALREADY);
    dial_init(&dial, &issuer_peer, false, &addresses);
    assert_int_equal(dial_step(&dial, 1000, &silent, &error), NET_WANT_READ);
    assert_int_equal(dial_step(&dial, 1500, &silent, &error), NET_WANT_READ);
    assert_int_equal(dial.open_count, 2);
    assert_int_equal(dial.next_at, 1500 + LIMIT_DIAL_DELAY_MS);
    assert_int_equal(dial_step(&dial, 3000, &silent, &error), NET_WANT_READ);
    assert_int_equal(dial.open_count, 3);
    /* With all of them under way there is nothing to wait for but them. */
    assert_int_equal(dial.wake_at, INT64_MAX);
    assert_int_equal(dial_step(&dial, 9000, &silent, &error), NET_WANT_READ);
    assert_int_equal(dial.open_count, 3);
    assert_int_equal(count_descriptors(), before + 4);
    dial_free(&dial);
    assert_int_equal(dial.open_count, 0);
    assert_int_equal(dial.epoll, -1);
    assert_int_equal(count_descriptors(), before);
    play(1, 0, 0, 0, 0);
    dial_init(&dial, &issuer_peer, false, &addresses);
    assert_int_equal(dial_step(&dial, 1000, &silent, &error), NET_DONE);
    assert_int_equal(count_descriptors(), before + 2);
    dial_free(&dial);
    assert_int_equal(dial.connected, -1);
    assert_int_equal(count_descriptors(), before);
}

/* Addresses that come later: they are waited for, and tried. */
static void test_more_addresses(void **state) {
    (void)state;
    struct addresses addresses = make_played(1);
    struct dial dial;
    pinetoken_error error = {0};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    play(1, ECONNREFUSED, ECONNREFUSED, ECONNREFUSED, ECONNREFUSED);
    play(2, EINPROGRESS, EALREADY, 0, 0);
    dial_init(&dial, &issuer_peer, false, &addresses);
    dial.more = ends[0];
    assert_int_equal(dial_step(&dial, 1000, &silent, &error), NET_WANT_READ);
    assert_int_equal(dial.wake_at, INT64_MAX);
    /* Its descriptor is watched. */
    struct pollfd wait = {.fd = dial.epoll, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, 0), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(poll(&wait, 1, 60000), 1);
    addresses = make_played(2);
    dial.more = -1;
    assert_int_equal(dial_step(&dial, 1001, &silent, &error), NET_WANT_READ);
    assert_int_equal(dial_step(&dial, 1002, &silent, &error), NET_DONE);
    dial_free(&dial);
    /* None arrived. */
    addresses = make_played(1);
    play(1, ECONNREFUSED, ECONNREFUSED, ECONNREFUSED, ECONNREFUSED);
    dial_init(&dial, &issuer_peer, false, &addresses);
    dial.more = ends[0];
    assert_int_equal(dial_step(&dial, 1000, &silent, &error), NET_WANT_READ);
    dial.more = -1;
    assert_int_equal(dial_step(&dial, 1001, &silent, &error), NET_FAILED);
    assert_int_equal(error.system_errno, ECONNREFUSED);
    dial_free(&dial);
    close(ends[0]);
    close(ends[1]);
}

/* Descriptor 0, which a program without standard input gets, is one like any other. */
static void test_descriptor_0(void **state) {
    (void)state;
    const struct addresses addresses = make_played(1);
    const int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (int is_connection = 0; is_connection < 2; is_connection++) {
        struct dial dial;
        pinetoken_error error = {0};
        assert_int_equal(dup2(input, 0), 0);
        play(1, EINPROGRESS, EALREADY, 0, 0);
        dial_init(&dial, &issuer_peer, false, &addresses);
        if (is_connection) {
            dial.epoll = epoll_create1(EPOLL_CLOEXEC);
        }
        close(0);
        const int before = count_descriptors();
        assert_int_equal(dial_step(&dial, 1000, &silent, &error), NET_WANT_READ);
        assert_int_equal(is_connection ? dial.open[0].fd : dial.epoll, 0);
        assert_int_equal(dial_step(&dial, 1000, &silent, &error), NET_DONE);
        assert_int_equal(dial.connected == 0, is_connection);
        const int fd = dial_take(&dial);
        assert_true(fd >= 0);
        dial_free(&dial);
        close(fd);
        assert_int_equal(count_descriptors(), before - is_connection);
    }
    assert_int_equal(dup2(input, 0), 0);
    close(input);
}

/* Each call that makes a connection may fail: the address is done with, and nothing stays open. */
static void test_system_failures(void **state) {
    (void)state;
    int *const numbers[] = {&socket_errno, &setsockopt_errno, &epoll_add_errno, &epoll_errno};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        const struct addresses addresses = make_played(2);
        struct dial dial;
        pinetoken_error error = {0};
        const int before = count_descriptors();
        play(1, EINPROGRESS, 0, 0, 0);
        play(2, EINPROGRESS, EALREADY, 0, 0);
        dial_init(&dial, &issuer_peer, false, &addresses);
        *numbers[i] = EMFILE;
        assert_int_equal(dial_step(&dial, 1000, &silent, &error), NET_FAILED);
        *numbers[i] = 0;
        assert_int_equal(error.status,
                         numbers[i] == &epoll_errno ? PINETOKEN_INTERNAL : PINETOKEN_NETWORK);
        if (numbers[i] == &epoll_errno) {
            assert_message(error, "no file descriptor left");
            assert_int_equal(dial.next, 0);
        } else {
            assert_int_equal(error.system_errno, EMFILE);
            assert_int_equal(dial.next, 2);
        }
        dial_free(&dial);
        assert_int_equal(count_descriptors(), before);
    }
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
    dial_init(&dial, &(struct net_peer){SPAN("issuer.test"), port}, false, &addresses);
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
    dial_init(&dial, &(struct net_peer){SPAN("issuer.test"), port}, false, &addresses);
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
    dial_init(&dial, &(struct net_peer){SPAN("issuer.test"), port}, false, &addresses);
    assert_int_equal(dial_all(&dial, &error), NET_FAILED);
    assert_int_equal(error.status, PINETOKEN_NETWORK);
    assert_int_equal(error.system_errno, ECONNREFUSED);
    assert_true(error.transient);
    char message[128];
    snprintf(message, sizeof message,
             "cannot connect to issuer.test:%u (127.0.0.1): connection refused (check host, port "
             "and firewall)",
             (unsigned)port);
    assert_message(error, message);
    assert_int_equal(dial.open_count, 0);
    dial_free(&dial);
}

/* What the host is called, how many addresses it has, and whether it is the proxy. */
static void test_messages(void **state) {
    (void)state;
    static const struct {
        const char *host;
        size_t addresses;
        bool is_proxy;
        const char *message;
    } cases[] = {
        {"127.0.0.1", 1, false, "cannot connect to 127.0.0.1:1: "},
        {"127.0.0.1", 2, false, "cannot connect to 127.0.0.1:1 (127.0.0.1 and 1 more): "},
        {"::1", 1, false, "cannot connect to [::1]:1 (127.0.0.1): "},
        {"a\nb", 1, false, "cannot connect to a\\x0ab:1 (127.0.0.1): "},
        {"proxy.test", 3, true,
         "cannot connect to the proxy proxy.test:1 (127.0.0.1 and 2 more): connection refused "
         "(check the host and port in --proxy or https_proxy)"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct addresses addresses = {.count = 0};
        struct dial dial;
        pinetoken_error error;
        for (size_t j = 0; j < cases[i].addresses; j++) {
            add(&addresses, "127.0.0.1", 1);
        }
        play(1, ECONNREFUSED, ECONNREFUSED, ECONNREFUSED, ECONNREFUSED);
        dial_init(&dial, &(struct net_peer){span_text(cases[i].host), 1}, cases[i].is_proxy,
                  &addresses);
        assert_int_equal(dial_all(&dial, &error), NET_FAILED);
        assert_message(error, cases[i].message);
        dial_free(&dial);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literals_and_localhost),
        cmocka_unit_test(test_unknown_name),
        cmocka_unit_test(test_freed_during_a_lookup),
        cmocka_unit_test(test_not_a_name),
        cmocka_unit_test(test_more_addresses),
        cmocka_unit_test(test_connects),
        cmocka_unit_test(test_families),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_several_failures),
        cmocka_unit_test(test_winner),
        cmocka_unit_test(test_what_is_closed),
        cmocka_unit_test(test_system_failures),
        cmocka_unit_test(test_descriptor_0),
        cmocka_unit_test(test_race),
        cmocka_unit_test(test_refused_does_not_delay),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
