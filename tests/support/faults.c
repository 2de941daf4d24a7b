/* Makes one call of the program fail: linked in with --wrap, controlled by the
 * environment.
 *   FAULT_CALL=malloc    which function
 *   FAULT_PLACE=7        the 7th place (stack of callers) that calls it, at its first call there
 *   FAULT_MARK=FILE      created when it has failed
 * Without them nothing is changed. */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int __real_openat(int directory, const char *path, int flags, ...);
int __real_close(int fd);

#define PLACES 8192u
#define DEPTH 12

static uint64_t seen[PLACES];
static size_t seen_count;

/* Whether this place was not seen before. */
static bool is_new_place(void) {
    void *callers[DEPTH];
    uint64_t hash = 14695981039346656037u;
    int depth = backtrace(callers, DEPTH);
    for (int i = 0; i < depth; i++) {
        hash = (hash ^ (uint64_t)(uintptr_t)callers[i]) * 1099511628211u;
    }
    for (size_t i = 0; i < seen_count; i++) {
        if (seen[i] == hash) {
            return false;
        }
    }
    if (seen_count < PLACES) {
        seen[seen_count++] = hash;
    }
    return true;
}

/* What the environment said at the start: a worker's is wiped. */
static char *wanted;
static char *mark;
static char *place;

static char *copy_of(const char *name) {
    const char *text = getenv(name);
    return text == NULL ? NULL : strdup(text);
}

__attribute__((constructor)) static void read_environment(void) {
    mark = copy_of("FAULT_MARK");
    place = copy_of("FAULT_PLACE");
    wanted = copy_of("FAULT_CALL");
}

static bool is_to_fail(const char *call) {
    static bool inside;
    if (inside || wanted == NULL || mark == NULL || place == NULL || strcmp(wanted, call) != 0) {
        return false;
    }
    inside = true;
    bool fails = is_new_place() && seen_count == (size_t)strtoul(place, NULL, 10);
    inside = false;
    if (fails) {
        int fd = __real_openat(AT_FDCWD, mark, O_CREAT | O_WRONLY, 0600);
        (void)__real_close(fd);
    }
    return fails;
}

/* NAME(PARAMETERS) returns `failure` with errno set where it is to fail. */
#define WRAP(type, name, parameters, arguments, failure, number) \
    type __real_##name parameters;                               \
    type __wrap_##name parameters;                               \
    type __wrap_##name parameters {                              \
        if (is_to_fail(#name)) {                                 \
            errno = (number);                                    \
            return (failure);                                    \
        }                                                        \
        return __real_##name arguments;                          \
    }

WRAP(void *, malloc, (size_t size), (size), NULL, ENOMEM)
WRAP(void *, calloc, (size_t count, size_t size), (count, size), NULL, ENOMEM)
WRAP(int, socket, (int family, int type, int protocol), (family, type, protocol), -1, EMFILE)
WRAP(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t size),
     (fd, level, name, value, size), -1, ENOBUFS)
WRAP(int, connect, (int fd, const struct sockaddr *address, socklen_t size), (fd, address, size),
     -1, ENETUNREACH)
WRAP(ssize_t, send, (int fd, const void *data, size_t size, int flags), (fd, data, size, flags), -1,
     EPIPE)
WRAP(ssize_t, recv, (int fd, void *data, size_t size, int flags), (fd, data, size, flags), -1,
     ECONNRESET)
WRAP(int, poll, (struct pollfd * fds, nfds_t count, int timeout), (fds, count, timeout), -1, ENOMEM)
WRAP(ssize_t, read, (int fd, void *data, size_t size), (fd, data, size), -1, EIO)
WRAP(ssize_t, getrandom, (void *data, size_t size, unsigned flags), (data, size, flags), -1, EIO)
WRAP(int, epoll_create1, (int flags), (flags), -1, EMFILE)
WRAP(int, epoll_ctl, (int epoll, int operation, int fd, struct epoll_event *event),
     (epoll, operation, fd, event), -1, ENOSPC)
WRAP(int, fstat, (int fd, struct stat *facts), (fd, facts), -1, EIO)
WRAP(int, access, (const char *path, int mode), (path, mode), -1, EACCES)
WRAP(int, pipe2, (int ends[2], int flags), (ends, flags), -1, EMFILE)
WRAP(pid_t, _Fork, (void), (), -1, EAGAIN)
WRAP(void *, mmap, (void *start, size_t size, int protection, int flags, int fd, off_t offset),
     (start, size, protection, flags, fd, offset), MAP_FAILED, ENOMEM)
WRAP(int, mprotect, (void *start, size_t size, int protection), (start, size, protection), -1,
     ENOMEM)
WRAP(int, mlock, (const void *start, size_t size), (start, size), -1, ENOMEM)
WRAP(int, flock, (int fd, int operation), (fd, operation), -1, ENOLCK)
WRAP(int, fsync, (int fd), (fd), -1, EIO)
WRAP(int, ftruncate, (int fd, off_t size), (fd, size), -1, EIO)
WRAP(int, renameat, (int from, const char *old, int to, const char *new), (from, old, to, new), -1,
     EIO)
WRAP(int, dup2, (int fd, int as), (fd, as), -1, EBUSY)
WRAP(int, munmap, (void *start, size_t size), (start, size), -1, ENOMEM)
WRAP(int, madvise, (void *start, size_t size, int advice), (start, size, advice), -1, EINVAL)
WRAP(int, sigprocmask, (int how, const sigset_t *set, sigset_t *old), (how, set, old), -1, EINVAL)
WRAP(pid_t, waitpid, (pid_t pid, int *status, int options), (pid, status, options), -1, ECHILD)
WRAP(int, stat, (const char *path, struct stat *facts), (path, facts), -1, EACCES)
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode), -1, EROFS)
WRAP(int, unlinkat, (int directory, const char *path, int flags), (directory, path, flags), -1, EIO)
WRAP(int, prctl, (int option, long a, long b, long c, long d), (option, a, b, c, d), -1, EINVAL)
WRAP(long, syscall, (long number, long a, long b, long c, long d), (number, a, b, c, d), -1, ENOSYS)

/* Closed it is all the same, as Linux does. */
int __wrap_close(int fd);
int __wrap_close(int fd) {
    bool fails = is_to_fail("close");
    int result = __real_close(fd);
    if (!fails) {
        return result;
    }
    errno = EIO;
    return -1;
}

/* Standard output only: a failure to write to standard error cannot be reported. */
ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size) {
    if (fd == STDOUT_FILENO && is_to_fail("write")) {
        errno = ENOSPC;
        return -1;
    }
    return __real_write(fd, data, size);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (is_to_fail("open")) {
        errno = EACCES;
        return -1;
    }
    return __real_open(path, flags, mode);
}

int __wrap_openat(int directory, const char *path, int flags, ...);
int __wrap_openat(int directory, const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (is_to_fail("openat")) {
        errno = EACCES;
        return -1;
    }
    return __real_openat(directory, path, flags, mode);
}
