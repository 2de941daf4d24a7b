/* A worker that was taken over, as far as a kernel can tell: linked in with --wrap, so that the
 * first call for randomness, in the middle of a fetch, does what BREAKOUT says instead. What is
 * denied with an error is told on standard error, by the call's name; what succeeds says so. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

ssize_t __real_getrandom(void *data, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *data, size_t size, unsigned flags);

static long connect_to(int type, const char *port) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return connect(socket(AF_INET, type, 0), (const struct sockaddr *)&address, sizeof address);
}

static long attempt(const char *what, const char *argument) {
    char *const none[] = {NULL};
    if (strcmp(what, "open") == 0) {
        return open(argument, O_RDONLY);
    }
    if (strcmp(what, "create") == 0) {
        return open(argument, O_WRONLY | O_CREAT, 0600);
    }
    if (strcmp(what, "exec") == 0) {
        return execve(argument, none, none);
    }
    if (strcmp(what, "fork") == 0) {
        return _Fork();
    }
    if (strcmp(what, "connect") == 0) {
        return connect_to(SOCK_STREAM, argument);
    }
    if (strcmp(what, "unix") == 0) {
        return socket(AF_UNIX, SOCK_STREAM, 0);
    }
    if (strcmp(what, "listen") == 0) {
        return listen(socket(AF_INET, SOCK_STREAM, 0), 1);
    }
    if (strcmp(what, "kill") == 0) {
        return kill(getppid(), 0);
    }
    if (strcmp(what, "ptrace") == 0) {
        return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
    }
    if (strcmp(what, "unlink") == 0) {
        return unlink(argument);
    }
    if (strcmp(what, "code") == 0) {
        return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                    0) == MAP_FAILED
                   ? -1
                   : 0;
    }
    return 0;
}

ssize_t __wrap_getrandom(void *data, size_t size, unsigned flags) {
    const char *what = getenv("BREAKOUT");
    const char *argument = getenv("BREAKOUT_ARGUMENT");
    if (what != NULL) {
        const char *outcome =
            attempt(what, argument != NULL ? argument : "") == -1 ? strerror(errno) : "succeeded";
        (void)!write(STDERR_FILENO, outcome, strlen(outcome));
        (void)!write(STDERR_FILENO, "\n", 1);
        _exit(3);
    }
    return __real_getrandom(data, size, flags);
}
