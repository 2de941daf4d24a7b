#include "agent/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify(const char *lines) {
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t size = path == NULL ? 0 : strlen(path);
    if (size < 2 || size >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) {
        return;
    }
    memcpy(address.sun_path, path, size);
    if (path[0] == '@') {
        /* A socket of the abstract namespace. */
        address.sun_path[0] = '\0';
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        /* A supervisor that does not read must not stop this process, nor one that has gone. */
        sendto(fd, lines, strlen(lines), MSG_NOSIGNAL | MSG_DONTWAIT,
               (const struct sockaddr *)&address,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size));
        close(fd);
    }
}

/* Only digits, at most 15; 0: it is something else. */
static int64_t notify_number(const char *name) {
    const char *text = getenv(name);
    int64_t number = 0;
    size_t size = text == NULL ? 0 : strlen(text);
    for (size_t i = 0; i < size; i++) {
        if (size > 15 || text[i] < '0' || text[i] > '9') {
            return 0;
        }
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

int64_t notify_watchdog_ms(void) {
    int64_t pid = notify_number("WATCHDOG_PID");
    return pid == 0 || pid == getpid() ? (notify_number("WATCHDOG_USEC") + 999) / 1000 : 0;
}
