/* A worker that an attacker controls, as far as a kernel can see: linked in with --wrap, so that it
 * does what BREAKOUT says instead of its first call to connect(2) or, with
 * BREAKOUT_STAGE=connected, to send(2) once the connection is established. What fails is reported
 * on standard error by its reason; what succeeds says so. */
#include "sandbox/worker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

pid_t __real__Fork(void);
pid_t __wrap__Fork(void);
ssize_t __real_send(int fd, const void *data, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);
int __real_connect(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size);

/* Read before the worker is started, which wipes its environment. */
static char *what;
static char *argument;
static bool when_connected;
static int connection = -1;
static pid_t monitor;

static char *copy_of(const char *name) {
    const char *text = getenv(name);
    return text == NULL ? NULL : strdup(text);
}

static void read_environment(void) {
    const char *stage = getenv("BREAKOUT_STAGE");
    what = copy_of("BREAKOUT");
    argument = copy_of("BREAKOUT_ARGUMENT");
    when_connected = stage != NULL && strcmp(stage, "connected") == 0;
}

static struct sockaddr_in loopback(const char *port) {
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)atoi(port)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static long connect_to(int type) {
    struct sockaddr_in address = loopback(argument);
    return __real_connect(socket(AF_INET, type, 0), (const struct sockaddr *)&address,
                          sizeof address);
}

static long send_to(int fd, int flags) {
    struct sockaddr_in address = loopback(argument);
    return sendto(fd, "x", 1, flags, (const struct sockaddr *)&address, sizeof address);
}

static long send_message(int fd) {
    struct sockaddr_in address = loopback(argument);
    struct iovec part = {.iov_base = argument, .iov_len = 1};
    const struct msghdr message = {
        .msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &part, .msg_iovlen = 1};
    return sendmsg(fd, &message, 0);
}

static long map(int protection) {
    return mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static long map_file(int fd) {
    return mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0;
}

static void *idle(void *user) {
    return user;
}

static long start_thread(void) {
    pthread_t thread;
    errno = pthread_create(&thread, NULL, idle, NULL);
    return errno == 0 ? 0 : -1;
}

static long tcp_option(int name) {
    const int on = 1;
    return setsockopt(socket(AF_INET, SOCK_STREAM, 0), IPPROTO_TCP, name, &on, sizeof on);
}

static long handle_signal(void) {
    return signal(SIGSYS, SIG_IGN) == SIG_ERR ? -1 : 0;
}

/* Results that no worker of ours sends. */
static long forge(void) {
    static struct worker_result result;
    const int kind = atoi(argument);
    result.refused_call = -1;
    result.error = (pinetoken_error){.status = PINETOKEN_NETWORK, .tls_alert = -1, .offset = -1};
    result.error.retry_after_ms = kind == 0 ? INT64_MAX : -1;
    result.error.http_status = kind == 1 ? -1 : 0;
    result.error.tls_alert = kind == 2 ? 256 : -1;
    result.error.offset = kind == 3 ? INT64_MIN : -1;
    memset(kind == 4 ? (void *)&result.error.transient : (void *)&result.warning[0],
           kind == 4 ? 2 : 0, 1);
    memset(result.error.message, kind == 5 ? 'x' : 0, sizeof result.error.message);
    result.error.advice[0] = kind == 6 ? '\x1b' : '\0';
    result.token_size = kind == 7 ? sizeof result.token + 1 : 1;
    result.token[0] = kind == 8 ? '\'' : 't';
    result.expires_in = kind == 9 ? INT64_MAX : 60;
    result.expires_at = kind == 10 ? INT64_MAX : 60;
    result.obtained_at = kind == 11 ? INT64_MIN : 60;
    result.response.http_status = kind == 12 ? 1000 : 0;
    result.warning[0] = kind == 13 ? '\n' : '\0';
    result.error.system_errno = kind == 14 ? -5 : 0;
    result.error.tls_code = kind == 15 ? 1 : 0;
    result.error.status = kind >= 7 && kind <= 11 ? PINETOKEN_OK : PINETOKEN_NETWORK;
    for (size_t at = 0; at < sizeof result;) {
        ssize_t written = write(STDOUT_FILENO, (const char *)&result + at, sizeof result - at);
        at += written > 0 ? (size_t)written : 0;
    }
    _exit(0);
}

struct attempt_entry {
    const char *name;
    long (*make)(void);
};

#define ATTEMPT(name, expression)   \
    static long make_##name(void) { \
        return (expression);        \
    }
ATTEMPT(open, open(argument, O_RDONLY))
ATTEMPT(create, open(argument, O_WRONLY | O_CREAT, 0600))
ATTEMPT(exec, execve(argument, (char *[]){NULL}, (char *[]){NULL}))
ATTEMPT(fork, _Fork())
ATTEMPT(vfork, syscall(SYS_clone, 0x4100 | SIGCHLD, 0, 0, 0, 0))
ATTEMPT(connect, connect_to(SOCK_STREAM))
ATTEMPT(unix, socket(AF_UNIX, SOCK_STREAM, 0))
ATTEMPT(netlink, socket(AF_NETLINK, SOCK_RAW, 0))
ATTEMPT(packet, socket(AF_PACKET, SOCK_DGRAM, 0))
ATTEMPT(vsock, socket(AF_VSOCK, SOCK_STREAM, 0))
ATTEMPT(raw, socket(AF_INET, SOCK_RAW, IPPROTO_TCP))
ATTEMPT(raw6, socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6))
ATTEMPT(ping, socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP))
ATTEMPT(mptcp, socket(AF_INET, SOCK_STREAM, 262))
ATTEMPT(sctp, socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP))
ATTEMPT(tcp, socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP))
ATTEMPT(udp, socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP))
ATTEMPT(fastopen, send_to(socket(AF_INET, SOCK_STREAM, 0), MSG_FASTOPEN))
ATTEMPT(fastopen_option, tcp_option(30))
ATTEMPT(nodelay, tcp_option(1))
ATTEMPT(listen, listen(socket(AF_INET, SOCK_STREAM, 0), 1))
ATTEMPT(accept, accept(0, NULL, NULL))
ATTEMPT(kill, kill(monitor, 0))
ATTEMPT(queue, syscall(SYS_rt_tgsigqueueinfo, monitor, monitor, SIGTERM, NULL))
ATTEMPT(owner, fcntl(0, F_SETOWN, getpid()))
ATTEMPT(setsig, fcntl(0, F_SETSIG, SIGKILL))
ATTEMPT(lock, fcntl(0, F_SETLK, NULL))
ATTEMPT(flags, fcntl(0, F_SETFL, O_NONBLOCK))
ATTEMPT(ioctl, ioctl(0, FIONREAD, NULL))
ATTEMPT(ptrace, ptrace(PTRACE_ATTACH, monitor, NULL, NULL))
ATTEMPT(readv, syscall(SYS_process_vm_readv, monitor, NULL, 0, NULL, 0, 0))
ATTEMPT(unlink, unlinkat(AT_FDCWD, argument, 0))
ATTEMPT(rename, syscall(SYS_renameat2, AT_FDCWD, argument, AT_FDCWD, argument, 0))
ATTEMPT(chmod, fchmodat(AT_FDCWD, argument, 0777, 0))
ATTEMPT(code, map(PROT_READ | PROT_WRITE | PROT_EXEC))
ATTEMPT(data, map(PROT_READ | PROT_WRITE))
ATTEMPT(protect,
        mprotect((void *)((uintptr_t)&connection & ~UINT64_C(4095)), 4096, PROT_READ | PROT_EXEC))
ATTEMPT(uring, syscall(425, 1, NULL))
ATTEMPT(memfd, syscall(SYS_memfd_create, "x", 0))
ATTEMPT(bpf, syscall(SYS_bpf, 0, NULL, 0))
ATTEMPT(prctl, prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
ATTEMPT(unshare, syscall(SYS_unshare, 0x10000000))
ATTEMPT(limit, syscall(SYS_prlimit64, monitor, 0, NULL, NULL))
ATTEMPT(handler, handle_signal())
ATTEMPT(socket, socket(AF_INET, SOCK_STREAM, 0))
ATTEMPT(again, __real_connect(connection, &(struct sockaddr){.sa_family = AF_UNSPEC},
                              sizeof(struct sockaddr)))
ATTEMPT(addressed, send_to(connection, 0))
ATTEMPT(message, send_message(connection))
ATTEMPT(bind, bind(connection, &(struct sockaddr){.sa_family = AF_INET}, sizeof(struct sockaddr)))
ATTEMPT(stat, access(argument, F_OK))
ATTEMPT(thread, start_thread())
ATTEMPT(escape, write(STDERR_FILENO, "\x1b]0;title\x07\xff\n", 12))
ATTEMPT(forge, forge())
/* For api: standard output, and the source of the body. */
ATTEMPT(print, write(WORKER_OUTPUT, "x", 1))
ATTEMPT(print_back, read(WORKER_OUTPUT, argument, 0))
ATTEMPT(print_over, lseek(WORKER_OUTPUT, 0, SEEK_SET))
ATTEMPT(print_anywhere, fcntl(WORKER_OUTPUT, F_SETFL, 0))
ATTEMPT(print_map, map_file(WORKER_OUTPUT))
ATTEMPT(body, read(WORKER_INPUT, argument, 0))
ATTEMPT(body_back, write(WORKER_INPUT, "x", 1))
ATTEMPT(body_over, lseek(WORKER_INPUT, 0, SEEK_SET))
ATTEMPT(body_map, map_file(WORKER_INPUT))
/* Any other, by its number. */
ATTEMPT(number, syscall(strtol(argument, NULL, 10), 0, 0, 0, 0, 0, 0))

/* Releases of clang-format differ about these braces. */
/* clang-format off */
#define ENTRY(name) \
    { #name, make_##name }
/* clang-format on */
static const struct attempt_entry attempts[] = {
    ENTRY(open),
    ENTRY(create),
    ENTRY(exec),
    ENTRY(fork),
    ENTRY(vfork),
    ENTRY(connect),
    ENTRY(unix),
    ENTRY(netlink),
    ENTRY(packet),
    ENTRY(vsock),
    ENTRY(raw),
    ENTRY(raw6),
    ENTRY(ping),
    ENTRY(mptcp),
    ENTRY(sctp),
    ENTRY(tcp),
    ENTRY(udp),
    ENTRY(fastopen),
    ENTRY(fastopen_option),
    ENTRY(nodelay),
    ENTRY(listen),
    ENTRY(accept),
    ENTRY(kill),
    ENTRY(queue),
    ENTRY(owner),
    ENTRY(setsig),
    ENTRY(lock),
    ENTRY(flags),
    ENTRY(ioctl),
    ENTRY(ptrace),
    ENTRY(readv),
    ENTRY(unlink),
    ENTRY(rename),
    ENTRY(chmod),
    ENTRY(code),
    ENTRY(data),
    ENTRY(protect),
    ENTRY(uring),
    ENTRY(memfd),
    ENTRY(bpf),
    ENTRY(prctl),
    ENTRY(unshare),
    ENTRY(limit),
    ENTRY(handler),
    ENTRY(socket),
    ENTRY(again),
    ENTRY(addressed),
    ENTRY(message),
    ENTRY(bind),
    ENTRY(stat),
    ENTRY(thread),
    ENTRY(escape),
    ENTRY(forge),
    ENTRY(print),
    ENTRY(print_back),
    ENTRY(print_over),
    ENTRY(print_anywhere),
    ENTRY(print_map),
    ENTRY(body),
    ENTRY(body_back),
    ENTRY(body_over),
    ENTRY(body_map),
    ENTRY(number),
};

static void say(const char *text) {
    (void)!write(STDERR_FILENO, text, strlen(text));
    (void)!write(STDERR_FILENO, "\n", 1);
}

_Noreturn static void break_out(void) {
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        if (strcmp(attempts[i].name, what) == 0) {
            say(attempts[i].make() == -1 ? strerror(errno) : "succeeded");
            _exit(33);
        }
    }
    say("no such attempt");
    _exit(34);
}

pid_t __wrap__Fork(void) {
    read_environment();
    monitor = getpid();
    return __real__Fork();
}

ssize_t __wrap_send(int fd, const void *data, size_t size, int flags) {
    if (what != NULL && when_connected && connection >= 0) {
        break_out();
    }
    return __real_send(fd, data, size, flags);
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size) {
    connection = fd;
    if (what != NULL && !when_connected) {
        break_out();
    }
    return __real_connect(fd, address, size);
}
