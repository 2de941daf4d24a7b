#include "net/nameserver.h"

#include "base/error.h"
#include "base/number.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAMESERVER_PORT 53

bool nameserver_parse(span text, struct nameserver *server) {
    size_t end = span_find(text, '%');
    *server = (struct nameserver){.fd = -1};
    server->scope = span_cut(text, end < text.size ? end + 1 : end, text.size);
    return address_parse(span_cut(text, 0, end), NAMESERVER_PORT, &server->address);
}

/* An interface, by name or number. 0: there is none. The socket is only for the question. */
static uint32_t nameserver_scope(span scope, int fd) {
    uint64_t number = 0;
    struct ifreq request = {.ifr_ifindex = 0};
    if (number_parse(scope, 10, UINT32_MAX, &number) || scope.size >= sizeof request.ifr_name) {
        return (uint32_t)number;
    }
    memcpy(request.ifr_name, scope.data, scope.size);
    return ioctl(fd, SIOCGIFINDEX, &request) == 0 ? (uint32_t)request.ifr_ifindex : 0;
}

/* Connecting, or connected. -1: errno says why. */
static int nameserver_connect(const struct nameserver *server, int type, int epoll,
                              uint32_t events) {
    union address address = server->address;
    struct epoll_event event = {.events = events};
    int fd = socket(address.any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    if (server->scope.size > 0 && address.any.sa_family == AF_INET6) {
        address.v6.sin6_scope_id = nameserver_scope(server->scope, fd);
    }
    if ((connect(fd, &address.any, address_size(&address)) == 0 || errno == EINPROGRESS) &&
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0) {
        return fd;
    }
    int number = errno;
    close(fd);
    errno = number;
    return -1;
}

static void nameserver_close_fd(int *fd) {
    if (*fd >= 0) {
        close(*fd);
    }
    *fd = -1;
}

/* ---- by UDP ---------------------------------------------------------------------------------- */

void nameserver_open(struct nameserver *server, int epoll) {
    server->fd = nameserver_connect(server, SOCK_DGRAM, epoll, EPOLLIN);
    server->number = server->fd < 0 ? errno : 0;
}

void nameserver_close(struct nameserver *server) {
    nameserver_close_fd(&server->fd);
}

void nameserver_ask(struct nameserver *server, span query) {
    if (server->fd >= 0 && send(server->fd, query.data, query.size, MSG_NOSIGNAL) < 0 &&
        errno != EAGAIN) {
        server->number = errno;
    }
}

bool nameserver_receive(struct nameserver *server, char *data, size_t capacity, span *reply) {
    ssize_t got = server->fd < 0 ? 0 : recv(server->fd, data, capacity, 0);
    if (got < 0 && errno != EAGAIN && errno != EINTR) {
        server->number = errno;
    }
    *reply = (span){data, got > 0 ? (size_t)got : 0};
    return got > 0;
}

void nameserver_add(const struct nameserver *server, pinetoken_error *error) {
    char text[INET6_ADDRSTRLEN];
    address_text(&server->address, text);
    error_add(error, text);
}

/* ---- by TCP ---------------------------------------------------------------------------------- */

bool nameserver_stream_open(struct nameserver_stream *stream, const struct nameserver *server,
                            size_t index, int epoll) {
    stream->server = index;
    stream->is_sent = false;
    stream->received = 0;
    stream->fd = nameserver_connect(server, SOCK_STREAM, epoll, EPOLLOUT);
    return stream->fd >= 0;
}

void nameserver_stream_close(struct nameserver_stream *stream) {
    nameserver_close_fd(&stream->fd);
}

/* In one piece: an empty socket has room for it. False: it is not connected yet, or failed. */
static bool nameserver_stream_send(struct nameserver_stream *stream, span query, int epoll) {
    struct epoll_event event = {.events = EPOLLIN};
    stream->data[0] = (char)(query.size >> 8);
    stream->data[1] = (char)query.size;
    memcpy(stream->data + 2, query.data, query.size);
    stream->is_sent =
        send(stream->fd, stream->data, query.size + 2, MSG_NOSIGNAL) == (ssize_t)query.size + 2 &&
        epoll_ctl(epoll, EPOLL_CTL_MOD, stream->fd, &event) == 0;
    return stream->is_sent;
}

static bool nameserver_would_block(void) {
    return errno == EAGAIN || errno == EINTR;
}

bool nameserver_stream_step(struct nameserver_stream *stream, span query, int epoll, span *reply) {
    *reply = (span){stream->data, 0};
    if (!stream->is_sent && !nameserver_stream_send(stream, query, epoll)) {
        return !nameserver_would_block();
    }
    for (;;) {
        ssize_t got = recv(stream->fd, stream->data + stream->received,
                           sizeof stream->data - stream->received, 0);
        if (got <= 0) {
            return got == 0 || !nameserver_would_block();
        }
        stream->received += (size_t)got;
        size_t size = (size_t)(unsigned char)stream->data[0] << 8 | (unsigned char)stream->data[1];
        size = size < NAMESERVER_REPLY_MAX ? size : NAMESERVER_REPLY_MAX;
        if (stream->received >= size + 2) {
            *reply = (span){stream->data + 2, size};
            return true;
        }
    }
}
