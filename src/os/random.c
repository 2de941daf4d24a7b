#include "os/random.h"

#include "os/clock.h"
#include "os/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* /dev/urandom; -1: it is opened when it is needed. */
static int random_device = -1;

bool random_needs_device(void) {
    unsigned char byte = 0;
    return getrandom(&byte, 1, GRND_NONBLOCK) < 0 && (errno == ENOSYS || errno == EPERM);
}

/* Before that /dev/urandom gives what can be guessed. */
static bool random_device_is_ready(void) {
    struct pollfd poll_fd = {.fd = open("/dev/random", O_RDONLY | O_NONBLOCK | O_CLOEXEC),
                             .events = POLLIN};
    /* One that cannot be opened is not waited for: random_fill fails. */
    bool is_ready =
        poll_fd.fd < 0 || (poll(&poll_fd, 1, 0) == 1 && (poll_fd.revents & POLLIN) != 0);
    if (poll_fd.fd >= 0) {
        close(poll_fd.fd);
    }
    return is_ready;
}

bool random_is_ready(void) {
    unsigned char byte = 0;
    if (hooks_random() != NULL) {
        return random_fill(&byte, 1);
    }
    if (random_needs_device()) {
        return random_device >= 0 || random_device_is_ready();
    }
    return getrandom(&byte, 1, GRND_NONBLOCK) == 1 || errno != EAGAIN;
}

static int random_open_device(void) {
    struct stat facts;
    int fd = random_device_is_ready() ? open("/dev/urandom", O_RDONLY | O_CLOEXEC) : -1;
    /* A file in its place, in a directory that was made by hand, is not random. */
    if (fd >= 0 && (fstat(fd, &facts) != 0 || !S_ISCHR(facts.st_mode))) {
        close(fd);
        return -1;
    }
    return fd;
}

void random_keep_device(void) {
    if (random_device < 0 && random_needs_device()) {
        random_device = random_open_device();
    }
}

static bool random_read_device(unsigned char *out, size_t size) {
    int fd = random_device >= 0 ? random_device : random_open_device();
    ssize_t got = 1;
    while (fd >= 0 && size > 0 && (got > 0 || errno == EINTR)) {
        got = read(fd, out, size);
        out += got > 0 ? got : 0;
        size -= got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0 && fd != random_device) {
        close(fd);
    }
    return size == 0;
}

bool random_fill(void *out, size_t size) {
    const pinetoken_config *caller = hooks_random();
    unsigned char *at = out;
    if (caller != NULL) {
        return caller->random(caller->user, out, size);
    }
    while (size > 0) {
        ssize_t got = getrandom(at, size, GRND_NONBLOCK);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return (errno == ENOSYS || errno == EPERM) && random_read_device(at, size);
        }
        at += got;
        size -= (size_t)got;
    }
    return true;
}

uint32_t random_number(void) {
    uint32_t number = 0;
    return random_fill(&number, sizeof number) ? number : clock_noise();
}

bool random_fill_hex(char *out, size_t size) {
    bool done = random_fill(out, size);
    for (size_t i = 0; i < size; i++) {
        out[i] = "0123456789abcdef"[out[i] & 15];
    }
    return done;
}
