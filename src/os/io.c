#include "os/io.h"

#include "base/deadline.h"
#include "os/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

/* How long a line waits for a reader: a pipe or terminal that is read at all has room by then. */
#define IO_LINE_MS 100

/* Until the descriptor is ready or in error, which the next read or write finds out. False: errno
 * says why. */
static bool io_wait(int fd, short events, int64_t deadline) {
    struct pollfd poll_fd = {.fd = fd, .events = events};
    int ready = -1;
    do {
        int left = deadline_left(deadline, clock_monotonic_ms(), INT_MAX);
        ready = poll(&poll_fd, 1, deadline == IO_NO_DEADLINE ? -1 : left);
    } while (ready < 0 && errno == EINTR);
    if (ready == 0) {
        errno = ETIMEDOUT;
    }
    return ready > 0;
}

/* After an interruption at once, after "would block" when it no longer does. */
static bool io_can_retry(int fd, short events, int64_t deadline) {
    return errno == EINTR || (errno == EAGAIN && io_wait(fd, events, deadline));
}

bool io_read_part(int fd, void *data, size_t capacity, int64_t deadline, size_t *size) {
    ssize_t got = -1;
    while (got < 0) {
        if (deadline != IO_NO_DEADLINE && !io_wait(fd, POLLIN, deadline)) {
            return false;
        }
        got = read(fd, data, capacity);
        if (got < 0 && !io_can_retry(fd, POLLIN, deadline)) {
            return false;
        }
    }
    *size = (size_t)got;
    return true;
}

bool io_read(int fd, void *data, size_t capacity, int64_t deadline, size_t *size) {
    size_t done = 0;
    size_t part = 1;
    while (done < capacity && part > 0) {
        if (!io_read_part(fd, (char *)data + done, capacity - done, deadline, &part)) {
            return false;
        }
        done += part;
    }
    *size = done;
    return true;
}

bool io_write(int fd, const void *data, size_t size) {
    size_t done = 0;
    while (done < size) {
        ssize_t written = write(fd, (const char *)data + done, size - done);
        if (written < 0 && !io_can_retry(fd, POLLOUT, IO_NO_DEADLINE)) {
            return false;
        }
        done += written > 0 ? (size_t)written : 0;
    }
    return true;
}

void io_write_line(int fd, const void *data, size_t size) {
    if (io_wait(fd, POLLOUT, clock_monotonic_ms() + IO_LINE_MS) || errno != ETIMEDOUT) {
        ssize_t written = write(fd, data, size);
        (void)written;
    }
}
