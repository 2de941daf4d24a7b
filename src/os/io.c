#include "os/io.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

bool io_write(int fd, const void *data, size_t size) {
    size_t at = 0;
    while (at < size) {
        ssize_t written = write(fd, (const char *)data + at, size - at);
        if (written < 0 && errno == EAGAIN) {
            struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
            (void)poll(&poll_fd, 1, -1);
        } else if (written < 0 && errno != EINTR) {
            return false;
        }
        at += written > 0 ? (size_t)written : 0;
    }
    return true;
}
