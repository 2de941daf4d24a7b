#include "sandbox/sandbox.h"

#include "base/text.h"

#include <endian.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's headers are not musl's: what is used of <linux/landlock.h>, <linux/filter.h> and
 * <linux/seccomp.h> stands here. It is the kernel's binary interface and does not change. */

/* glibc's resolver loads libraries, and the sanitizers make calls of their own. */
#ifdef __GLIBC__
#define CAN_RESTRICT 0
#else
#define CAN_RESTRICT 1
#endif

/* ---- Landlock -------------------------------------------------------------------------------- */

#if CAN_RESTRICT && defined(SYS_landlock_create_ruleset)

struct ruleset {
    uint64_t files;
    uint64_t network; /* since ABI 4 */
    uint64_t scoped;  /* since ABI 6 */
};
struct __attribute__((packed)) file_rule {
    uint64_t allowed;
    int32_t fd;
};
struct port_rule {
    uint64_t allowed;
    uint64_t port;
};
enum { RULE_FILE = 1, RULE_PORT = 2, VERSION_FLAG = 1 };
#define READ_FILE (UINT64_C(1) << 2)
#define READ_DIR (UINT64_C(1) << 3)
#define CONNECT_TCP (UINT64_C(1) << 1)

static const struct ruleset *everything(long abi) {
    static struct ruleset all = {0x1fff, 0, 0};
    all.files |= abi >= 2 ? UINT64_C(1) << 13 : 0; /* REFER */
    all.files |= abi >= 3 ? UINT64_C(1) << 14 : 0; /* TRUNCATE */
    all.files |= abi >= 5 ? UINT64_C(1) << 15 : 0; /* IOCTL_DEV */
    all.network = abi >= 4 ? 3 : 0;
    all.scoped = abi >= 6 ? 3 : 0;
    return &all;
}

static void allow_file(int ruleset, const char *path) {
    int fd = open(path, O_PATH | O_CLOEXEC);
    struct stat facts;
    if (fd >= 0 && fstat(fd, &facts) == 0) {
        /* A directory in a file's place is an error that names it, not leave to read what is below.
         */
        const struct file_rule rule = {S_ISDIR(facts.st_mode) ? READ_DIR : READ_FILE, fd};
        (void)syscall(SYS_landlock_add_rule, ruleset, RULE_FILE, &rule, 0);
    }
    if (fd >= 0) {
        close(fd);
    }
}

static void allow_port(int ruleset, uint16_t port) {
    const struct port_rule rule = {CONNECT_TCP, port};
    (void)syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &rule, 0);
}

/* Which ABI of it holds; 0: none. */
static long restrict_files(const struct requirements *requirements) {
    long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, VERSION_FLAG);
    if (abi < 1) {
        return 0;
    }
    size_t size = abi < 4 ? 8 : abi < 6 ? 16 : 24;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, everything(abi), size, 0);
    if (ruleset < 0) {
        return 0;
    }
    for (size_t i = 0; requirements->files[i] != NULL; i++) {
        allow_file(ruleset, requirements->files[i]);
    }
    if (abi >= 4) {
        allow_port(ruleset, requirements->port);
        allow_port(ruleset, 53);
    }
    bool done = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    close(ruleset);
    return done ? abi : 0;
}

#else
static long restrict_files(const struct requirements *requirements) {
    (void)requirements;
    return 0;
}
#endif

/* ---- seccomp --------------------------------------------------------------------------------- */

#if defined(__x86_64__)
#define ARCHITECTURE 0xc000003eu
#elif defined(__i386__)
#define ARCHITECTURE 0x40000003u
#elif defined(__aarch64__)
#define ARCHITECTURE 0xc00000b7u
#elif defined(__arm__) && !defined(__ARMEB__)
#define ARCHITECTURE 0x40000028u
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE 0xc00000f3u
#endif

#if CAN_RESTRICT && defined(ARCHITECTURE)

/* What a fetch makes, by musl's start of a thread, its resolver and allocator, and by us. */
static const uint16_t allowed[] = {
    SYS_read,
    SYS_write,
    SYS_close,
    SYS_readv,
    SYS_writev,
    SYS_lseek,
    SYS_pread64,
    SYS_fstat,
    SYS_fcntl,
    SYS_munmap,
    SYS_madvise,
    SYS_mremap,
    SYS_brk,
    SYS_futex,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_restart_syscall,
    SYS_gettid,
    SYS_set_tid_address,
    SYS_getpid,
    SYS_exit,
    SYS_exit_group,
    SYS_sched_yield,
    SYS_membarrier,
    SYS_nanosleep,
    SYS_mlock,
    SYS_getrandom,
    SYS_ppoll,
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_eventfd2,
    SYS_connect,
    SYS_bind,
    SYS_sendto,
    SYS_sendmsg,
    SYS_recvfrom,
    SYS_recvmsg,
    SYS_getsockopt,
    SYS_setsockopt,
    SYS_getsockname,
    SYS_getpeername,
    SYS_shutdown,
    SYS_faccessat,
/* What not every architecture has, by one name or the other. */
#ifdef SYS_poll
    SYS_poll,
#endif
#ifdef SYS_epoll_wait
    SYS_epoll_wait,
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
#ifdef SYS_time
    SYS_time,
#endif
#ifdef SYS_statx
    SYS_statx,
#endif
#ifdef SYS_recv
    SYS_recv,
#endif
#ifdef SYS_send
    SYS_send,
#endif
#ifdef SYS_fcntl64
    SYS_fcntl64,
    SYS_fstat64,
    SYS_stat64,
    SYS_fstatat64,
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

/* BPF: one instruction; only what is used of its codes. */
struct instruction {
    uint16_t code;
    uint8_t if_true, if_false; /* instructions to skip */
    uint32_t k;
};
enum { LOAD = 0x20, AND = 0x54, JUMP_IF_EQUAL = 0x15, RETURN = 0x06 };
#define KILL 0x80000000u
#define ALLOW 0x7fff0000u
/* struct seccomp_data: number, architecture, where from (64 bits), six arguments of 64 bits each.
 */
#define NUMBER 0u
#define OF_ARCHITECTURE 4u
#define ARGUMENT(n) (16u + 8u * (n) + (BYTE_ORDER == BIG_ENDIAN ? 4u : 0u))

#define INSTRUCTIONS_MAX 256u
struct filter {
    uint16_t count;
    struct instruction *instructions;
};

static void add(struct filter *filter, uint16_t code, uint8_t if_true, uint8_t if_false,
                uint32_t k) {
    filter->instructions[filter->count++] = (struct instruction){code, if_true, if_false, k};
}

static void allow(struct filter *filter, uint32_t number) {
    add(filter, JUMP_IF_EQUAL, 0, 1, number);
    add(filter, RETURN, 0, 0, ALLOW);
}

/* Where the bits `mask` of an argument are `value`. */
static void allow_where(struct filter *filter, uint32_t number, uint32_t argument, uint32_t mask,
                        uint32_t value) {
    add(filter, JUMP_IF_EQUAL, 0, 5, number);
    add(filter, LOAD, 0, 0, ARGUMENT(argument));
    add(filter, AND, 0, 0, mask);
    add(filter, JUMP_IF_EQUAL, 0, 1, value);
    add(filter, RETURN, 0, 0, ALLOW);
    add(filter, RETURN, 0, 0, KILL);
}

#define EXECUTABLE 4u        /* PROT_EXEC */
#define IS_A_THREAD 0x10000u /* CLONE_THREAD */
#define CHANGES_A_FILE ((uint32_t)(O_ACCMODE | O_CREAT | O_TRUNC))

static void write_filter(struct filter *filter) {
    add(filter, LOAD, 0, 0, OF_ARCHITECTURE);
    add(filter, JUMP_IF_EQUAL, 1, 0, ARCHITECTURE);
    add(filter, RETURN, 0, 0, KILL);
    add(filter, LOAD, 0, 0, NUMBER);
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        allow(filter, allowed[i]);
    }
    allow_where(filter, SYS_clone, 0, IS_A_THREAD, IS_A_THREAD);
    allow_where(filter, SYS_mprotect, 2, EXECUTABLE, 0);
#ifdef SYS_mmap2
    allow_where(filter, SYS_mmap2, 2, EXECUTABLE, 0);
#else
    allow_where(filter, SYS_mmap, 2, EXECUTABLE, 0);
#endif
    allow_where(filter, SYS_openat, 2, CHANGES_A_FILE, O_RDONLY);
#ifdef SYS_open
    allow_where(filter, SYS_open, 1, CHANGES_A_FILE, O_RDONLY);
#endif
    /* The internet's alone: IPv4 is 2, IPv6 10. */
    allow_where(filter, SYS_socket, 0, ~8u, 2);
    add(filter, RETURN, 0, 0, KILL);
}

#ifndef PR_SET_SECCOMP
#define PR_SET_SECCOMP 22
#endif

static const char *filter_calls(void) {
    struct instruction instructions[INSTRUCTIONS_MAX];
    struct filter filter = {0, instructions};
    _Static_assert(4 + sizeof allowed + 6 * 6 + 1 <= INSTRUCTIONS_MAX, "two a call, of two bytes");
    write_filter(&filter);
    bool done = prctl(PR_SET_SECCOMP, 2 /* SECCOMP_MODE_FILTER */, &filter, 0, 0) == 0;
    return done ? ", seccomp" : ", no seccomp";
}

#else
static const char *filter_calls(void) {
    return ", no seccomp";
}
#endif

/* ---- both ------------------------------------------------------------------------------------ */

static void sandbox_report(const struct log *log, const struct text *text) {
    log_event(log, EVENT_SANDBOX, (span){text->data, text->size}, -1);
}

void sandbox_enter(const struct requirements *requirements, const struct log *log) {
    char data[96];
    struct text text;
    const char *wish = getenv("PINETOKEN_SANDBOX");
    text_init(&text, data, sizeof data);
    if (wish != NULL && strcmp(wish, "no") == 0) {
        text_append(&text, "nothing, as PINETOKEN_SANDBOX says");
        sandbox_report(log, &text);
        return;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
        text_append(&text, "no new privileges, ");
    }
    long abi = restrict_files(requirements);
    text_append(&text, abi > 0 ? "Landlock " : "no Landlock");
    if (abi > 0) {
        text_append_number(&text, abi);
    }
    text_append(&text, filter_calls());
    sandbox_report(log, &text);
}
