#include "sandbox/seccomp.h"

#include "sandbox/supported.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdint.h>
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
    SYS_rt_sigprocmask,
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

/* Until the connection stands: musl's start of a thread and its resolver, the files and the dialer.
 */
static const uint16_t seccomp_until_connected[] = {
    SYS_pread64,    SYS_set_tid_address, SYS_membarrier, SYS_mlock,   SYS_epoll_create1,
    SYS_eventfd2,   SYS_connect,         SYS_bind,       SYS_recvmsg, SYS_faccessat,
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
    SYS_ioctl,    SYS_uname, SYS_prlimit64, SYS_readlinkat, SYS_set_robust_list, SYS_sysinfo,
#ifdef SYS_rseq
    SYS_rseq,
#endif
#ifdef SYS_readlink
    SYS_readlink,
#endif
};

/* ---- the program: classic BPF ---------------------------------------------------------------- */

struct seccomp_instruction {
    uint16_t code;
    uint8_t if_true, if_false; /* instructions to skip */
    uint32_t k;
};

/* Of BPF's codes those that are used. */
enum { BPF_LOAD = 0x20, BPF_AND = 0x54, BPF_JUMP_IF_EQUAL = 0x15, BPF_RETURN = 0x06 };
#define SECCOMP_ALLOW 0x7fff0000u
#define SECCOMP_KILL 0x80000000u
#define SECCOMP_TRAP 0x00030000u
#define SECCOMP_ERROR(number) (0x00050000u | (uint32_t)(number))
/* struct seccomp_data: number, architecture, instruction pointer (64 bits), six arguments of 64
 * bits each. */
#define SECCOMP_NUMBER 0u
#define SECCOMP_OF_ARCHITECTURE 4u
#define SECCOMP_LOW(argument) (16u + 8u * (argument) + (BYTE_ORDER == BIG_ENDIAN ? 4u : 0u))
#define SECCOMP_HIGH(argument) (16u + 8u * (argument) + (BYTE_ORDER == BIG_ENDIAN ? 0u : 4u))

#define SECCOMP_INSTRUCTIONS_MAX 320u

/* struct sock_fprog, with room for its instructions after it. */
struct seccomp_program {
    uint16_t count;
    struct seccomp_instruction *instructions;
    struct seccomp_instruction room[SECCOMP_INSTRUCTIONS_MAX];
};

static void seccomp_add(struct seccomp_program *program, uint16_t code, unsigned if_true,
                        unsigned if_false, uint32_t k) {
    if (program->count < SECCOMP_INSTRUCTIONS_MAX) {
        program->instructions[program->count] =
            (struct seccomp_instruction){code, (uint8_t)if_true, (uint8_t)if_false, k};
    }
    program->count++;
}

static void seccomp_return(struct seccomp_program *program, uint32_t action) {
    seccomp_add(program, BPF_RETURN, 0, 0, action);
}

static void seccomp_decide(struct seccomp_program *program, uint32_t number, uint32_t action) {
    seccomp_add(program, BPF_JUMP_IF_EQUAL, 0, 1, number);
    seccomp_return(program, action);
}

static void seccomp_decide_list(struct seccomp_program *program, const uint16_t *numbers,
                                size_t count, uint32_t action) {
    for (size_t i = 0; i < count; i++) {
        seccomp_decide(program, numbers[i], action);
    }
}

#define SECCOMP_DECIDE_LIST(program, list, action) \
    seccomp_decide_list(program, list, sizeof(list) / sizeof(list)[0], action)

/* One call with conditions: seccomp_begin, then conditions, of which the first that holds decides,
 * then seccomp_end. What is skipped in between is patched in at the end. */
static uint16_t seccomp_begin(struct seccomp_program *program, uint32_t number) {
    seccomp_add(program, BPF_JUMP_IF_EQUAL, 0, 0, number);
    return program->count;
}

/* Where the bits `mask` of the argument's lower half are `value`. */
static void seccomp_when(struct seccomp_program *program, unsigned argument, uint32_t mask,
                         uint32_t value, uint32_t action) {
    seccomp_add(program, BPF_LOAD, 0, 0, SECCOMP_LOW(argument));
    seccomp_add(program, BPF_AND, 0, 0, mask);
    seccomp_add(program, BPF_JUMP_IF_EQUAL, 0, 1, value);
    seccomp_return(program, action);
}

static void seccomp_end(struct seccomp_program *program, uint16_t begin, uint32_t otherwise) {
    seccomp_return(program, otherwise);
    if (program->count <= SECCOMP_INSTRUCTIONS_MAX) {
        program->instructions[begin - 1].if_false = (uint8_t)(program->count - begin);
    }
}

/* ---- calls that depend on their arguments ---------------------------------------------------- */

#define SECCOMP_EXECUTABLE 4u        /* PROT_EXEC */
#define SECCOMP_THREAD 0x10000u      /* CLONE_THREAD */
#define SECCOMP_FASTOPEN 0x20000000u /* MSG_FASTOPEN connects, past Landlock's rule of ports */
#define SECCOMP_WRITES_FILE ((uint32_t)(O_ACCMODE | O_CREAT | O_TRUNC))
#define SECCOMP_SOCKET_TYPE (~(uint32_t)(SOCK_CLOEXEC | SOCK_NONBLOCK))
#define SECCOMP_SET_FILTER 1u  /* SECCOMP_SET_MODE_FILTER */
#define SECCOMP_ALL_THREADS 1u /* SECCOMP_FILTER_FLAG_TSYNC */

static void seccomp_memory(struct seccomp_program *program) {
#ifdef SYS_mmap2
    const uint16_t map = SYS_mmap2;
#else
    const uint16_t map = SYS_mmap;
#endif
    uint16_t begin = seccomp_begin(program, map);
    seccomp_when(program, 2, SECCOMP_EXECUTABLE, 0, SECCOMP_ALLOW);
    seccomp_end(program, begin, SECCOMP_TRAP);
    begin = seccomp_begin(program, SYS_mprotect);
    seccomp_when(program, 2, SECCOMP_EXECUTABLE, 0, SECCOMP_ALLOW);
    seccomp_end(program, begin, SECCOMP_TRAP);
}

/* F_GETFD, F_SETFD, F_GETFL, F_SETFL: 1 to 4. F_SETOWN and F_SETSIG would send signals. */
static void seccomp_descriptor_flags(struct seccomp_program *program, uint16_t number) {
    uint16_t begin = seccomp_begin(program, number);
    for (uint32_t command = F_GETFD; command <= F_SETFL; command++) {
        seccomp_when(program, 1, ~0u, command, SECCOMP_ALLOW);
    }
    seccomp_end(program, begin, SECCOMP_TRAP);
}

static void seccomp_socket_option(struct seccomp_program *program, uint32_t level, uint32_t name) {
    seccomp_add(program, BPF_LOAD, 0, 0, SECCOMP_LOW(1));
    seccomp_add(program, BPF_JUMP_IF_EQUAL, 0, 3, level);
    seccomp_add(program, BPF_LOAD, 0, 0, SECCOMP_LOW(2));
    seccomp_add(program, BPF_JUMP_IF_EQUAL, 0, 1, name);
    seccomp_return(program, SECCOMP_ALLOW);
}

/* The dialer's, TLS's and the resolver's. musl also asks for TCP_FASTOPEN_CONNECT, which connects
 * past Landlock's rule of ports, and does without. */
static void seccomp_socket_options(struct seccomp_program *program) {
    uint16_t begin = seccomp_begin(program, SYS_setsockopt);
    seccomp_socket_option(program, IPPROTO_TCP, TCP_NODELAY);
    seccomp_socket_option(program, IPPROTO_TCP, TCP_QUICKACK);
    seccomp_socket_option(program, IPPROTO_IPV6, IPV6_V6ONLY);
    seccomp_end(program, begin, SECCOMP_ERROR(ENOPROTOOPT));
}

/* A type and the protocols that it may have, 0 being its default. */
static void seccomp_socket_type(struct seccomp_program *program, uint32_t type, uint32_t protocol) {
    seccomp_add(program, BPF_LOAD, 0, 0, SECCOMP_LOW(1));
    seccomp_add(program, BPF_AND, 0, 0, SECCOMP_SOCKET_TYPE);
    /* To the next type. */
    seccomp_add(program, BPF_JUMP_IF_EQUAL, 0, 5, type);
    seccomp_add(program, BPF_LOAD, 0, 0, SECCOMP_LOW(2));
    seccomp_add(program, BPF_JUMP_IF_EQUAL, 1, 0, 0);
    seccomp_add(program, BPF_JUMP_IF_EQUAL, 0, 1, protocol);
    seccomp_return(program, SECCOMP_ALLOW);
    seccomp_return(program, SECCOMP_TRAP);
}

/* TCP and UDP over IPv4 and IPv6, nothing else: not MPTCP, no raw socket. A scoped name server
 * makes musl ask for a Unix socket, and do without it. */
static void seccomp_sockets(struct seccomp_program *program) {
    _Static_assert((AF_INET | 8) == AF_INET6, "one bit apart");
    uint16_t begin = seccomp_begin(program, SYS_socket);
    seccomp_when(program, 0, ~0u, AF_UNIX, SECCOMP_ERROR(EAFNOSUPPORT));
    seccomp_add(program, BPF_LOAD, 0, 0, SECCOMP_LOW(0));
    seccomp_add(program, BPF_AND, 0, 0, ~8u);
    seccomp_add(program, BPF_JUMP_IF_EQUAL, 1, 0, AF_INET);
    seccomp_return(program, SECCOMP_TRAP);
    seccomp_socket_type(program, SOCK_STREAM, IPPROTO_TCP);
    seccomp_socket_type(program, SOCK_DGRAM, IPPROTO_UDP);
    seccomp_end(program, begin, SECCOMP_TRAP);
}

static void seccomp_send(struct seccomp_program *program, uint16_t number, unsigned flags) {
    uint16_t begin = seccomp_begin(program, number);
    seccomp_when(program, flags, SECCOMP_FASTOPEN, 0, SECCOMP_ALLOW);
    seccomp_end(program, begin, SECCOMP_ERROR(EOPNOTSUPP));
}

static void seccomp_files(struct seccomp_program *program) {
    uint16_t begin = seccomp_begin(program, SYS_openat);
    seccomp_when(program, 2, SECCOMP_WRITES_FILE, O_RDONLY, SECCOMP_ALLOW);
    seccomp_end(program, begin, SECCOMP_TRAP);
#ifdef SYS_open
    begin = seccomp_begin(program, SYS_open);
    seccomp_when(program, 1, SECCOMP_WRITES_FILE, O_RDONLY, SECCOMP_ALLOW);
    seccomp_end(program, begin, SECCOMP_TRAP);
#endif
}

/* Threads, and the next stage. */
static void seccomp_processes(struct seccomp_program *program) {
    uint16_t begin = seccomp_begin(program, SYS_clone);
    seccomp_when(program, 0, SECCOMP_THREAD, SECCOMP_THREAD, SECCOMP_ALLOW);
    seccomp_end(program, begin, SECCOMP_TRAP);
    begin = seccomp_begin(program, SYS_seccomp);
    seccomp_when(program, 0, ~0u, SECCOMP_SET_FILTER, SECCOMP_ALLOW);
    seccomp_end(program, begin, SECCOMP_TRAP);
}

static void seccomp_connecting(struct seccomp_program *program) {
    SECCOMP_DECIDE_LIST(program, seccomp_until_connected, SECCOMP_ALLOW);
    seccomp_sockets(program);
    seccomp_send(program, SYS_sendto, 3);
    seccomp_send(program, SYS_sendmsg, 2);
#ifdef SYS_send
    seccomp_send(program, SYS_send, 3);
#endif
    seccomp_files(program);
    seccomp_processes(program);
}

/* Only to the peer of the connection: with an address, NULL in both of its halves. */
static void seccomp_connected(struct seccomp_program *program) {
    seccomp_add(program, BPF_JUMP_IF_EQUAL, 0, 6, SYS_sendto);
    seccomp_add(program, BPF_LOAD, 0, 0, SECCOMP_LOW(4));
    seccomp_add(program, BPF_JUMP_IF_EQUAL, 0, 3, 0);
    seccomp_add(program, BPF_LOAD, 0, 0, SECCOMP_HIGH(4));
    seccomp_add(program, BPF_JUMP_IF_EQUAL, 0, 1, 0);
    seccomp_return(program, SECCOMP_ALLOW);
    seccomp_return(program, SECCOMP_TRAP);
#ifdef SYS_send
    seccomp_decide(program, SYS_send, SECCOMP_ALLOW);
#endif
}

static void seccomp_write(struct seccomp_program *program, enum seccomp_stage stage) {
    program->count = 0;
    program->instructions = program->room;
    seccomp_add(program, BPF_LOAD, 0, 0, SECCOMP_OF_ARCHITECTURE);
    seccomp_add(program, BPF_JUMP_IF_EQUAL, 1, 0, SECCOMP_ARCHITECTURE);
    seccomp_return(program, SECCOMP_KILL);
    seccomp_add(program, BPF_LOAD, 0, 0, SECCOMP_NUMBER);
    SECCOMP_DECIDE_LIST(program, seccomp_always, SECCOMP_ALLOW);
    SECCOMP_DECIDE_LIST(program, seccomp_refused, SECCOMP_ERROR(EPERM));
    seccomp_memory(program);
    seccomp_descriptor_flags(program, SYS_fcntl);
#ifdef SYS_fcntl64
    seccomp_descriptor_flags(program, SYS_fcntl64);
#endif
    seccomp_socket_options(program);
    switch (stage) {
        case SECCOMP_CONNECTING: seccomp_connecting(program); break;
        case SECCOMP_CONNECTED: seccomp_connected(program); break;
    }
    seccomp_return(program, SECCOMP_TRAP);
}

bool seccomp_enter(enum seccomp_stage stage) {
    struct seccomp_program program;
    seccomp_write(&program, stage);
    return program.count <= SECCOMP_INSTRUCTIONS_MAX &&
           syscall(SYS_seccomp, SECCOMP_SET_FILTER, SECCOMP_ALL_THREADS, &program) == 0;
}

/* ---- names ----------------------------------------------------------------------------------- */

const char *seccomp_call_name(int64_t number) {
    static const struct {
        uint16_t number;
        char name[14];
    } calls[] = {
        {SYS_socket, " (socket)"},   {SYS_connect, " (connect)"},   {SYS_openat, " (openat)"},
        {SYS_execve, " (execve)"},   {SYS_clone, " (clone)"},       {SYS_kill, " (kill)"},
        {SYS_ptrace, " (ptrace)"},   {SYS_unlinkat, " (unlinkat)"}, {SYS_mprotect, " (mprotect)"},
        {SYS_listen, " (listen)"},   {SYS_fcntl, " (fcntl)"},       {SYS_bind, " (bind)"},
        {SYS_sendmsg, " (sendmsg)"}, {SYS_sendto, " (sendto)"},     {SYS_tkill, " (tkill)"},
    };
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (calls[i].number == number) {
            return calls[i].name;
        }
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
