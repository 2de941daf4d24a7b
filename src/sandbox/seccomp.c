#include "sandbox/seccomp.h"

#include "sandbox/filter.h"
#include "sandbox/supported.h"
#include "sandbox/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* AUDIT_ARCH_... of <linux/audit.h>. */
#if defined(__x86_64__)
#define SECCOMP_ARCHITECTURE 0xc000003eu
#elif defined(__i386__)
#define SECCOMP_ARCHITECTURE 0x40000003u
#elif defined(__aarch64__)
#define SECCOMP_ARCHITECTURE 0xc00000b7u
#elif defined(__arm__) && !defined(__ARMEB__)
#define SECCOMP_ARCHITECTURE 0x40000028u
#elif defined(__riscv) && __riscv_xlen == 64
#define SECCOMP_ARCHITECTURE 0xc00000f3u
#endif

#if SANDBOX_SUPPORTED && defined(SECCOMP_ARCHITECTURE) && defined(SYS_seccomp)

/* ---- the lists ------------------------------------------------------------------------------- */

/* From the start to the end of a worker. */
static const uint16_t seccomp_always[] = {
    SYS_read,
    SYS_write,
    SYS_close,
    SYS_readv,
    SYS_writev,
    SYS_lseek,
    SYS_fstat,
    SYS_munmap,
    SYS_madvise,
    SYS_mremap,
    SYS_brk,
    SYS_futex,
    SYS_rt_sigreturn,
    SYS_restart_syscall,
    SYS_gettid,
    SYS_getpid,
    SYS_exit,
    SYS_exit_group,
    SYS_sched_yield,
    SYS_nanosleep,
    SYS_getrandom,
    SYS_ppoll,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_recvfrom,
    SYS_getsockopt,
    SYS_getsockname,
    SYS_getpeername,
    SYS_shutdown,
    SYS_capget,
    SYS_capset, /* without CAP_SETPCAP capabilities can only be dropped */
/* What not every architecture has, by one name or the other. */
#ifdef SYS_poll
    SYS_poll,
#endif
#ifdef SYS_epoll_wait
    SYS_epoll_wait,
#endif
#ifdef SYS_time
    SYS_time,
#endif
#ifdef SYS_recv
    SYS_recv,
#endif
#ifdef SYS_fcntl64
    SYS_fstat64,
    SYS__llseek,
#endif
#ifdef SYS_clock_gettime
    SYS_clock_gettime,
    SYS_clock_nanosleep,
    SYS_gettimeofday,
#else
    SYS_clock_gettime32,
    SYS_clock_nanosleep_time32,
    SYS_gettimeofday_time32,
#endif
#ifdef SYS_clock_gettime64
    SYS_clock_gettime64,
    SYS_futex_time64,
    SYS_ppoll_time64,
    SYS_clock_nanosleep_time64,
#endif
};

/* Until the connection is established: the resolver, the files and the dialer. */
static const uint16_t seccomp_until_connected[] = {
    SYS_pread64,    SYS_mlock,     SYS_epoll_create1, SYS_connect, SYS_faccessat, SYS_geteuid,
#ifdef SYS_geteuid32
    SYS_geteuid32,
#endif
#ifdef SYS_access
    SYS_access,
#endif
#ifdef SYS_stat
    SYS_stat,
#endif
#ifdef SYS_newfstatat
    SYS_newfstatat,
#endif
#ifdef SYS_statx
    SYS_statx,
#endif
#ifdef SYS_fcntl64
    SYS_stat64,     SYS_fstatat64,
#endif
};

/* What rare branches of libc make, and do without. */
static const uint16_t seccomp_refused[] = {
    SYS_uname,    SYS_prlimit64, SYS_readlinkat, SYS_set_robust_list, SYS_sysinfo,
#ifdef SYS_rseq
    SYS_rseq,
#endif
#ifdef SYS_readlink
    SYS_readlink,
#endif
};

#define SECCOMP_DECIDE_LIST(filter, list, action) \
    filter_decide_list(filter, list, sizeof(list) / sizeof(list)[0], action)

/* ---- calls that depend on their arguments ---------------------------------------------------- */

#define SECCOMP_EXECUTABLE 4u        /* PROT_EXEC */
#define SECCOMP_FASTOPEN 0x20000000u /* MSG_FASTOPEN connects, past Landlock's rule of ports */
#define SECCOMP_WRITES_FILE ((uint32_t)(O_ACCMODE | O_CREAT | O_TRUNC))
#define SECCOMP_SOCKET_TYPE (~(uint32_t)(SOCK_CLOEXEC | SOCK_NONBLOCK))
#define SECCOMP_SET_FILTER 1u  /* SECCOMP_SET_MODE_FILTER */
#define SECCOMP_ALL_THREADS 1u /* SECCOMP_FILTER_FLAG_TSYNC */

#ifdef SYS_mmap2
#define SECCOMP_MAP SYS_mmap2
#else
#define SECCOMP_MAP SYS_mmap
#endif

/* No code. And no file: standard output or the body of a call, mapped, could be read and written
 * anywhere. */
static void seccomp_memory(struct filter *filter) {
    uint16_t begin = filter_begin(filter, SECCOMP_MAP);
    filter_when(filter, 2, SECCOMP_EXECUTABLE, SECCOMP_EXECUTABLE, FILTER_TRAP);
    filter_when(filter, 3, MAP_ANONYMOUS, MAP_ANONYMOUS, FILTER_ALLOW);
    filter_end(filter, begin, FILTER_TRAP);
    begin = filter_begin(filter, SYS_mprotect);
    filter_when(filter, 2, SECCOMP_EXECUTABLE, 0, FILTER_ALLOW);
    filter_end(filter, begin, FILTER_TRAP);
}

/* F_GETFD, F_SETFD, F_GETFL, F_SETFL: 1 to 4. F_SETOWN and F_SETSIG would send signals. */
static void seccomp_descriptor_flags(struct filter *filter, uint16_t number) {
    uint16_t begin = filter_begin(filter, number);
    for (uint32_t command = F_GETFD; command <= F_SETFL; command++) {
        filter_when(filter, 1, ~0u, command, FILTER_ALLOW);
    }
    filter_end(filter, begin, FILTER_TRAP);
}

static void seccomp_socket_option(struct filter *filter, uint32_t level, uint32_t name) {
    filter_add(filter, BPF_LOAD, 0, 0, FILTER_LOW(1));
    filter_add(filter, BPF_JUMP_IF_EQUAL, 0, 3, level);
    filter_add(filter, BPF_LOAD, 0, 0, FILTER_LOW(2));
    filter_add(filter, BPF_JUMP_IF_EQUAL, 0, 1, name);
    filter_return(filter, FILTER_ALLOW);
}

/* The dialer's and TLS's. TCP_FASTOPEN_CONNECT would connect past Landlock's rule of ports. */
static void seccomp_socket_options(struct filter *filter) {
    uint16_t begin = filter_begin(filter, SYS_setsockopt);
    seccomp_socket_option(filter, IPPROTO_TCP, TCP_NODELAY);
    seccomp_socket_option(filter, IPPROTO_TCP, TCP_QUICKACK);
    filter_end(filter, begin, FILTER_ERROR(ENOPROTOOPT));
}

/* A type and the protocols that it may have, 0 being its default. */
static void seccomp_socket_type(struct filter *filter, uint32_t type, uint32_t protocol) {
    filter_add(filter, BPF_LOAD, 0, 0, FILTER_LOW(1));
    filter_add(filter, BPF_AND, 0, 0, SECCOMP_SOCKET_TYPE);
    /* To the next type. */
    filter_add(filter, BPF_JUMP_IF_EQUAL, 0, 5, type);
    filter_add(filter, BPF_LOAD, 0, 0, FILTER_LOW(2));
    filter_add(filter, BPF_JUMP_IF_EQUAL, 1, 0, 0);
    filter_add(filter, BPF_JUMP_IF_EQUAL, 0, 1, protocol);
    filter_return(filter, FILTER_ALLOW);
    filter_return(filter, FILTER_TRAP);
}

/* TCP and UDP over IPv4 and IPv6, nothing else: not MPTCP, no raw and no Unix socket. */
static void seccomp_sockets(struct filter *filter) {
    _Static_assert((AF_INET | 8) == AF_INET6, "one bit apart");
    uint16_t begin = filter_begin(filter, SYS_socket);
    filter_add(filter, BPF_LOAD, 0, 0, FILTER_LOW(0));
    filter_add(filter, BPF_AND, 0, 0, ~8u);
    filter_add(filter, BPF_JUMP_IF_EQUAL, 1, 0, AF_INET);
    filter_return(filter, FILTER_TRAP);
    seccomp_socket_type(filter, SOCK_STREAM, IPPROTO_TCP);
    seccomp_socket_type(filter, SOCK_DGRAM, IPPROTO_UDP);
    filter_end(filter, begin, FILTER_TRAP);
}

static void seccomp_send(struct filter *filter, uint16_t number, unsigned flags) {
    uint16_t begin = filter_begin(filter, number);
    filter_when(filter, flags, SECCOMP_FASTOPEN, 0, FILTER_ALLOW);
    filter_end(filter, begin, FILTER_ERROR(EOPNOTSUPP));
}

static void seccomp_files(struct filter *filter) {
    uint16_t begin = filter_begin(filter, SYS_openat);
    filter_when(filter, 2, SECCOMP_WRITES_FILE, O_RDONLY, FILTER_ALLOW);
    filter_end(filter, begin, FILTER_TRAP);
#ifdef SYS_open
    begin = filter_begin(filter, SYS_open);
    filter_when(filter, 1, SECCOMP_WRITES_FILE, O_RDONLY, FILTER_ALLOW);
    filter_end(filter, begin, FILTER_TRAP);
#endif
}

/* The interface of a name server with a scope, and the next stage. */
static void seccomp_others(struct filter *filter) {
    uint16_t begin = filter_begin(filter, SYS_ioctl);
    filter_when(filter, 1, ~0u, SIOCGIFINDEX, FILTER_ALLOW);
    filter_end(filter, begin, FILTER_ERROR(EPERM));
    begin = filter_begin(filter, SYS_seccomp);
    filter_when(filter, 0, ~0u, SECCOMP_SET_FILTER, FILTER_ALLOW);
    filter_end(filter, begin, FILTER_TRAP);
}

static void seccomp_connecting(struct filter *filter) {
    SECCOMP_DECIDE_LIST(filter, seccomp_until_connected, FILTER_ALLOW);
    seccomp_sockets(filter);
    seccomp_send(filter, SYS_sendto, 3);
#ifdef SYS_send
    seccomp_send(filter, SYS_send, 3);
#endif
    seccomp_files(filter);
    seccomp_others(filter);
}

/* Only to the peer of the connection: with an address, NULL in both of its halves. */
static void seccomp_connected(struct filter *filter) {
    filter_decide(filter, SYS_ioctl, FILTER_ERROR(EPERM));
    filter_add(filter, BPF_JUMP_IF_EQUAL, 0, 6, SYS_sendto);
    filter_add(filter, BPF_LOAD, 0, 0, FILTER_LOW(4));
    filter_add(filter, BPF_JUMP_IF_EQUAL, 0, 3, 0);
    filter_add(filter, BPF_LOAD, 0, 0, FILTER_HIGH(4));
    filter_add(filter, BPF_JUMP_IF_EQUAL, 0, 1, 0);
    filter_return(filter, FILTER_ALLOW);
    filter_return(filter, FILTER_TRAP);
#ifdef SYS_send
    filter_decide(filter, SYS_send, FILTER_ALLOW);
#endif
}

static void seccomp_write(struct filter *filter, enum seccomp_stage stage) {
    filter_add(filter, BPF_LOAD, 0, 0, FILTER_NUMBER);
    SECCOMP_DECIDE_LIST(filter, seccomp_always, FILTER_ALLOW);
    SECCOMP_DECIDE_LIST(filter, seccomp_refused, FILTER_ERROR(EPERM));
    /* Signals stay as they are: SIGSYS, which reports a call that is not made, is never blocked. */
    filter_decide(filter, SYS_rt_sigprocmask, FILTER_ERROR(0));
    seccomp_memory(filter);
    seccomp_descriptor_flags(filter, SYS_fcntl);
#ifdef SYS_fcntl64
    seccomp_descriptor_flags(filter, SYS_fcntl64);
#endif
    seccomp_socket_options(filter);
    if (stage == SECCOMP_CONNECTING) {
        seccomp_connecting(filter);
    } else {
        seccomp_connected(filter);
    }
    filter_return(filter, FILTER_TRAP);
}

/* A call whose first argument is this number: the one that may have it, or none at all. */
static void seccomp_stream(struct filter *filter, uint32_t fd, uint32_t number) {
    filter_add(filter, BPF_LOAD, 0, 0, FILTER_LOW(0));
    filter_add(filter, BPF_JUMP_IF_EQUAL, 0, 4, fd);
    filter_add(filter, BPF_LOAD, 0, 0, FILTER_NUMBER);
    filter_decide(filter, number, FILTER_ALLOW);
    filter_return(filter, FILTER_TRAP);
}

static void seccomp_streams(struct filter *filter) {
    seccomp_stream(filter, WORKER_INPUT, SYS_read);
    seccomp_stream(filter, WORKER_OUTPUT, SYS_write);
    filter_return(filter, FILTER_ALLOW);
}

bool seccomp_enter(enum seccomp_stage stage) {
    struct filter filter;
    filter_start(&filter, SECCOMP_ARCHITECTURE);
    if (stage == SECCOMP_STREAMS) {
        seccomp_streams(&filter);
    } else {
        seccomp_write(&filter, stage);
    }
    return filter.count <= FILTER_INSTRUCTIONS_MAX &&
           syscall(SYS_seccomp, SECCOMP_SET_FILTER, SECCOMP_ALL_THREADS, &filter) == 0;
}

/* ---- names ----------------------------------------------------------------------------------- */

const char *seccomp_call_name(int64_t number) {
    static const uint16_t numbers[] = {
        SYS_socket,  SYS_connect,      SYS_openat,   SYS_execve,   SYS_clone,  SYS_kill,
        SYS_tkill,   SYS_ptrace,       SYS_unlinkat, SYS_mprotect, SYS_listen, SYS_accept4,
        SYS_fcntl,   SYS_bind,         SYS_sendmsg,  SYS_sendto,   SYS_prctl,  SYS_fchmodat,
        SYS_unshare, SYS_memfd_create, SYS_read,     SYS_write,    SYS_lseek,  SYS_rt_sigaction,
#ifdef SYS_fork
        SYS_fork,    SYS_open,
#endif
    };
    static const char names[] =
        "socket\0connect\0openat\0execve\0clone\0kill\0"
        "tkill\0ptrace\0unlinkat\0mprotect\0listen\0accept4\0"
        "fcntl\0bind\0sendmsg\0sendto\0prctl\0fchmodat\0"
        "unshare\0memfd_create\0read\0write\0lseek\0rt_sigaction\0fork\0open";
    const char *name = names;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i] == number) {
            return name;
        }
        name += strlen(name) + 1;
    }
    return "";
}

#else

bool seccomp_enter(enum seccomp_stage stage) {
    (void)stage;
    return false;
}

const char *seccomp_call_name(int64_t number) {
    (void)number;
    return "";
}

#endif
