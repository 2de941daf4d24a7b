#include "net/dial.h"

#include "base/error.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void dial_init(struct dial *dial, const struct addresses *addresses) {
    *dial = (struct dial){.addresses = addresses, .fd = -1};
}

void dial_free(struct dial *dial) {
    if (dial->fd >= 0) {
        close(dial->fd);
        dial->fd = -1;
    }
}

int dial_take(struct dial *dial) {
    int fd = dial->fd;
    dial->fd = -1;
    return fd;
}

static const union address *current(const struct dial *dial) {
    return &dial->addresses->list[dial->next - 1];
}

static void log_current(const struct dial *dial, const struct log *log, pinetoken_log_level level,
                        const char *what, int64_t number) {
    char text[INET6_ADDRSTRLEN];
    address_text(current(dial), text);
    log_event(log, level, PINETOKEN_PHASE_DIAL, what, span_text(text), number);
}

/* Opens the next address's socket and starts to connect. False: it failed at once, errno says why.
 */
static bool start_next(struct dial *dial, const struct log *log) {
    const union address *address = &dial->addresses->list[dial->next++];
    const int on = 1;
    log_current(dial, log, PINETOKEN_LOG_TRACE, "trying", -1);
    dial->fd =
        socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (dial->fd < 0) {
        return false;
    }
    /* The request must not wait for the acknowledgement of the handshake's last flight (RFC
     * 1122 4.2.3.4). */
    if (setsockopt(dial->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
        return false;
    }
    return connect(dial->fd, &address->any, address_size(address)) == 0 || errno == EINPROGRESS;
}

/* NET_WANT_WRITE while it is not decided; errno where it failed. */
static enum net_progress check_current(const struct dial *dial) {
    const union address *address = current(dial);
    /* A second connect tells what became of the first, without a poll in between. */
    if (connect(dial->fd, &address->any, address_size(address)) == 0 || errno == EISCONN) {
        return NET_DONE;
    }
    return errno == EALREADY || errno == EINPROGRESS ? NET_WANT_WRITE : NET_FAILED;
}

static enum net_progress fail(const struct dial *dial, pinetoken_error *error) {
    char text[INET6_ADDRSTRLEN] = "";
    if (dial->next > 0) {
        address_text(current(dial), text);
    }
    (void)error_set(error, PINETOKEN_NETWORK, "connection: to ");
    (void)error_text(error, text);
    (void)error_text(error, " failed: ");
    (void)error_text(error, strerror(dial->last_errno));
    if (dial->next > 1) {
        (void)error_text(error, ", as did ");
        (void)error_number(error, (int64_t)dial->next - 1);
        (void)error_text(error, " more");
    }
    error->system_errno = dial->last_errno;
    (void)error_text(error, " (check host, port, network and firewall)");
    return NET_FAILED;
}

enum net_progress dial_step(struct dial *dial, const struct log *log, pinetoken_error *error) {
    for (;;) {
        enum net_progress progress = dial->fd >= 0 ? check_current(dial) : NET_FAILED;
        if (progress == NET_DONE) {
            log_current(dial, log, PINETOKEN_LOG_INFO, "connected to", -1);
        }
        if (progress != NET_FAILED) {
            return progress;
        }
        if (dial->fd >= 0) {
            dial->last_errno = errno;
            log_current(dial, log, PINETOKEN_LOG_TRACE, "failed with errno", dial->last_errno);
            dial_free(dial);
        }
        if (dial->next == dial->addresses->count) {
            return fail(dial, error);
        }
        if (!start_next(dial, log)) {
            dial->last_errno = errno;
            dial_free(dial);
        }
    }
}
