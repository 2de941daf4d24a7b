#include "net/dial.h"

#include "base/error.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

void dial_init(struct dial *dial, const struct addresses *addresses, bool to_proxy) {
    *dial =
        (struct dial){.addresses = addresses, .to_proxy = to_proxy, .epoll = -1, .connected = -1};
}

static void close_open(struct dial *dial) {
    while (dial->open_count > 0) {
        close(dial->open[--dial->open_count].fd);
    }
}

void dial_free(struct dial *dial) {
    close_open(dial);
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

static void log_address(const struct dial *dial, size_t index, const struct log *log,
                        enum event event) {
    char text[INET6_ADDRSTRLEN];
    address_text(&dial->addresses->list[index], text);
    log_event(log, event, span_text(text), -1);
}

/* The next address need not wait then (RFC 8305 5). */
static void note_failure(struct dial *dial, size_t index, int number, const struct log *log) {
    dial->last_failure.number = number;
    dial->last_failure.index = index;
    dial->next_at = 0;
    log_address(dial, index, log, EVENT_TCP_FAILURE);
    log_event(log, EVENT_TCP_ERRNO, span_text(strerror(number)), number);
}

/* A connection under way, in the set that is waited for; -1: it failed at once, errno says why. */
static int open_connection(const struct dial *dial, const union address *address) {
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

static void start_next(struct dial *dial, int64_t now, const struct log *log) {
    size_t index = dial->next++;
    dial->next_at = now + LIMIT_DIAL_DELAY_MS;
    log_address(dial, index, log, EVENT_TCP_ATTEMPT);
    int fd = open_connection(dial, &dial->addresses->list[index]);
    if (fd < 0) {
        note_failure(dial, index, errno, log);
        return;
    }
    dial->open[dial->open_count++] = (struct dial_try){fd, index};
}

/* NET_WANT_WRITE while it is not decided; errno where it failed. */
static enum net_progress check(const struct dial *dial, const struct dial_try *open) {
    const union address *address = &dial->addresses->list[open->index];
    /* A second connect tells what became of the first, without asking the set which one it is. */
    if (connect(open->fd, &address->any, address_size(address)) == 0 || errno == EISCONN) {
        return NET_DONE;
    }
    return errno == EALREADY || errno == EINPROGRESS ? NET_WANT_WRITE : NET_FAILED;
}

/* Whether one of them is connected: that one stays, the others are closed. Those that failed go. */
static bool check_all(struct dial *dial, const struct log *log) {
    size_t kept = 0;
    for (size_t i = 0; i < dial->open_count; i++) {
        struct dial_try open = dial->open[i];
        enum net_progress progress = check(dial, &open);
        if (progress == NET_DONE && dial->connected < 0) {
            dial->connected = open.fd;
            log_address(dial, open.index, log, EVENT_TCP_CONNECTED);
        } else if (progress == NET_FAILED) {
            note_failure(dial, open.index, errno, log);
            close(open.fd);
        } else {
            dial->open[kept++] = open;
        }
    }
    dial->open_count = kept;
    if (dial->connected >= 0) {
        close_open(dial);
    }
    return dial->connected >= 0;
}

/* What another try may find gone. */
static bool is_temporary(int number) {
    static const int numbers[] = {ECONNREFUSED, ECONNRESET, ECONNABORTED, EHOSTUNREACH, ENETUNREACH,
                                  ENETDOWN,     EHOSTDOWN,  ETIMEDOUT,    EADDRNOTAVAIL};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i] == number) {
            return true;
        }
    }
    return false;
}

static enum net_progress fail(const struct dial *dial, pinetoken_error *error) {
    char text[INET6_ADDRSTRLEN];
    int number = dial->last_failure.number;
    address_text(&dial->addresses->list[dial->last_failure.index], text);
    error_begin(error, PINETOKEN_NETWORK, "connection: to ");
    error_add(error, dial->to_proxy ? "the proxy at " : "");
    error_add(error, text);
    error_add(error, " failed: ");
    error_add(error, strerror(number));
    if (dial->addresses->count > 1) {
        error_add(error, ", as did ");
        error_add_number(error, (int64_t)dial->addresses->count - 1);
        error_add(error, " more");
    }
    error->system_errno = number;
    error->transient = is_temporary(number);
    error_advise(error, "check host, port, network and firewall");
    return NET_FAILED;
}

enum net_progress dial_step(struct dial *dial, int64_t now, const struct log *log,
                            pinetoken_error *error) {
    if (dial->epoll < 0) {
        dial->epoll = epoll_create1(EPOLL_CLOEXEC);
    }
    if (dial->epoll < 0) {
        error_set(error, PINETOKEN_INTERNAL, "connection: no descriptor left",
                  "raise the limits of this process");
        return NET_FAILED;
    }
    for (;;) {
        if (check_all(dial, log)) {
            return NET_DONE;
        }
        bool is_last = dial->next == dial->addresses->count;
        if (is_last && dial->open_count == 0) {
            return fail(dial, error);
        }
        if (is_last || (dial->open_count > 0 && now < dial->next_at)) {
            dial->next_at = is_last ? INT64_MAX : dial->next_at;
            return NET_WANT_READ;
        }
        start_next(dial, now, log);
    }
}
