#include "net/dial.h"

#include "base/assert.h"
#include "base/error.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

void dial_init(struct dial *dial, const struct net_peer *peer, bool is_proxy,
               const struct addresses *addresses) {
    *dial = (struct dial){.peer = *peer,
                          .is_proxy = is_proxy,
                          .addresses = addresses,
                          .more = -1,
                          .epoll = -1,
                          .connected = -1};
}

static void dial_close_tries(struct dial *dial) {
    while (dial->open_count > 0) {
        close(dial->open[--dial->open_count].fd);
    }
}

void dial_free(struct dial *dial) {
    dial_close_tries(dial);
    if (dial->epoll >= 0) {
        close(dial->epoll);
        dial->epoll = -1;
    }
    if (dial->connected >= 0) {
        close(dial->connected);
        dial->connected = -1;
    }
}

int dial_take(struct dial *dial) {
    int fd = dial->connected;
    dial->connected = -1;
    return fd;
}

static void dial_log(const struct dial *dial, size_t index, const struct log *log,
                     enum event event) {
    char text[INET6_ADDRSTRLEN];
    address_text(&dial->addresses->list[index], text);
    log_event(log, event, span_text(text), -1);
}

/* The next address starts at once then (RFC 8305 5). */
static void dial_record_failure(struct dial *dial, size_t index, int number,
                                const struct log *log) {
    dial->last_failure.number = number;
    dial->last_failure.index = index;
    dial->next_at = 0;
    dial_log(dial, index, log, EVENT_TCP_FAILURE);
    log_event(log, EVENT_TCP_ERRNO, span_text(strerror(number)), number);
}

/* A connection in progress, added to the epoll set; -1: it failed at once, see errno. */
static int dial_connect(const struct dial *dial, const union address *address) {
    const int on = 1;
    int fd =
        socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    struct epoll_event event = {.events = EPOLLOUT};
    /* The request must not wait for the acknowledgement of the handshake's last flight (RFC
     * 1122 4.2.3.4). */
    if (fd < 0 ||
        (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
         (connect(fd, &address->any, address_size(address)) == 0 || errno == EINPROGRESS) &&
         epoll_ctl(dial->epoll, EPOLL_CTL_ADD, fd, &event) == 0)) {
        return fd;
    }
    int number = errno;
    close(fd);
    errno = number;
    return -1;
}

static void dial_start_next(struct dial *dial, int64_t now, const struct log *log) {
    size_t index = dial->next++;
    dial->next_at = now + LIMIT_DIAL_DELAY_MS;
    dial_log(dial, index, log, EVENT_TCP_ATTEMPT);
    int fd = dial_connect(dial, &dial->addresses->list[index]);
    if (fd < 0) {
        dial_record_failure(dial, index, errno, log);
        return;
    }
    dial->open[dial->open_count++] = (struct dial_try){fd, index};
}

/* NET_WANT_WRITE until it is decided; NET_FAILED: see errno. */
static enum net_progress dial_check(const struct dial *dial, const struct dial_try *open) {
    const union address *address = &dial->addresses->list[open->index];
    /* A second connect returns what became of the first, without asking epoll which one it is. */
    if (connect(open->fd, &address->any, address_size(address)) == 0 || errno == EISCONN) {
        return NET_DONE;
    }
    return errno == EALREADY || errno == EINPROGRESS ? NET_WANT_WRITE : NET_FAILED;
}

/* Whether one of them is connected: it stays and the others are closed. Failed ones are removed. */
static bool dial_check_all(struct dial *dial, const struct log *log) {
    size_t kept = 0;
    for (size_t i = 0; i < dial->open_count; i++) {
        struct dial_try open = dial->open[i];
        enum net_progress progress = dial_check(dial, &open);
        if (progress == NET_DONE && dial->connected < 0) {
            dial->connected = open.fd;
            dial_log(dial, open.index, log, EVENT_TCP_CONNECTED);
        } else if (progress == NET_FAILED) {
            dial_record_failure(dial, open.index, errno, log);
            close(open.fd);
        } else {
            dial->open[kept++] = open;
        }
    }
    dial->open_count = kept;
    if (dial->connected >= 0) {
        dial_close_tries(dial);
    }
    return dial->connected >= 0;
}

/* Whether a retry may succeed. */
static bool dial_is_transient(int number) {
    static const int numbers[] = {ECONNREFUSED, ECONNRESET, ECONNABORTED, EHOSTUNREACH, ENETUNREACH,
                                  ENETDOWN,     EHOSTDOWN,  ETIMEDOUT,    EADDRNOTAVAIL};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i] == number) {
            return true;
        }
    }
    return false;
}

static enum net_progress dial_fail(const struct dial *dial, pinetoken_error *error) {
    char text[INET6_ADDRSTRLEN];
    int number = dial->last_failure.number;
    size_t others = dial->addresses->count - 1;
    address_text(&dial->addresses->list[dial->last_failure.index], text);
    error_begin(error, PINETOKEN_NETWORK,
                dial->is_proxy ? "cannot connect to the proxy " : "cannot connect to ");
    net_add_peer(error, &dial->peer);
    /* The host may be that address itself. */
    if (others > 0 || !span_equal(dial->peer.host, span_text(text))) {
        error_add(error, " (");
        error_add(error, text);
        if (others > 0) {
            error_add(error, " and ");
            error_add_number(error, (int64_t)others);
            error_add(error, " more");
        }
        error_add(error, ")");
    }
    error_add(error, ": ");
    net_add_errno(error, number);
    error->transient = dial_is_transient(number);
    error_advise(error, dial->is_proxy ? "check the host and port in --proxy or https_proxy"
                                       : "check host, port and firewall");
    return NET_FAILED;
}

static bool dial_open(struct dial *dial) {
    struct epoll_event event = {.events = EPOLLIN};
    dial->epoll = epoll_create1(EPOLL_CLOEXEC);
    return dial->epoll >= 0 &&
           (dial->more < 0 || epoll_ctl(dial->epoll, EPOLL_CTL_ADD, dial->more, &event) == 0);
}

enum net_progress dial_step(struct dial *dial, int64_t now, const struct log *log,
                            pinetoken_error *error) {
    assert(dial->connected < 0 && dial->next <= dial->addresses->count);
    if (dial->epoll < 0 && !dial_open(dial)) {
        error_set(error, PINETOKEN_INTERNAL, "connection: no file descriptor left",
                  "raise the process's limit of open files");
        return NET_FAILED;
    }
    for (;;) {
        if (dial_check_all(dial, log)) {
            return NET_DONE;
        }
        bool is_last = dial->next == dial->addresses->count;
        if (is_last && dial->open_count == 0 && dial->more < 0) {
            return dial_fail(dial, error);
        }
        if (is_last || (dial->open_count > 0 && now < dial->next_at)) {
            dial->wake_at = is_last ? INT64_MAX : dial->next_at;
            return NET_WANT_READ;
        }
        dial_start_next(dial, now, log);
    }
}
