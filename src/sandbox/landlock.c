#include "sandbox/landlock.h"

#include "os/random.h"
#include "sandbox/supported.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if SANDBOX_SUPPORTED && defined(SYS_landlock_create_ruleset)

/* The kernel's headers are not musl's: what is used of <linux/landlock.h> stands here. It is part
 * of the kernel's binary interface and does not change. */

struct landlock_ruleset {
    uint64_t files;
    uint64_t network; /* since ABI 4 */
    uint64_t scoped;  /* since ABI 6 */
};
struct __attribute__((packed)) landlock_file_rule {
    uint64_t allowed;
    int32_t fd;
};
struct landlock_port_rule {
    uint64_t allowed;
    uint64_t port;
};

enum { LANDLOCK_RULE_FILE = 1, LANDLOCK_RULE_PORT = 2, LANDLOCK_VERSION = 1 };
#define LANDLOCK_READ_FILE (UINT64_C(1) << 2)
#define LANDLOCK_READ_DIR (UINT64_C(1) << 3)
#define LANDLOCK_FILES_ABI_1 UINT64_C(0x1fff)
#define LANDLOCK_REFER (UINT64_C(1) << 13)
#define LANDLOCK_TRUNCATE (UINT64_C(1) << 14)
#define LANDLOCK_IOCTL_DEV (UINT64_C(1) << 15)
#define LANDLOCK_BIND_TCP (UINT64_C(1) << 0)
#define LANDLOCK_CONNECT_TCP (UINT64_C(1) << 1)
/* Abstract Unix sockets, and signals to other processes. */
#define LANDLOCK_ALL_SCOPES UINT64_C(3)
#define LANDLOCK_DNS_PORT 53

/* Everything that this version of the ABI can restrict. */
static int landlock_create(long abi) {
    const struct landlock_ruleset all = {
        .files = LANDLOCK_FILES_ABI_1 | (abi >= 2 ? LANDLOCK_REFER : 0) |
                 (abi >= 3 ? LANDLOCK_TRUNCATE : 0) | (abi >= 5 ? LANDLOCK_IOCTL_DEV : 0),
        .network = abi >= 4 ? LANDLOCK_BIND_TCP | LANDLOCK_CONNECT_TCP : 0,
        .scoped = abi >= 6 ? LANDLOCK_ALL_SCOPES : 0,
    };
    size_t size = abi < 4   ? offsetof(struct landlock_ruleset, network)
                  : abi < 6 ? offsetof(struct landlock_ruleset, scoped)
                            : sizeof all;
    return (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
}

/* A rule that cannot be added leaves its file or port denied; the fetch then says which one. */
static void landlock_allow_file(int ruleset, const char *path) {
    int fd = open(path, O_PATH | O_CLOEXEC);
    struct stat facts;
    if (fd >= 0 && fstat(fd, &facts) == 0) {
        /* A directory in place of a file is an error that names it, not leave to read what is below
         * it. */
        const struct landlock_file_rule rule = {
            .allowed = S_ISDIR(facts.st_mode) ? LANDLOCK_READ_DIR : LANDLOCK_READ_FILE,
            .fd = fd,
        };
        syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_FILE, &rule, 0);
    }
    if (fd >= 0) {
        close(fd);
    }
}

static void landlock_allow_port(int ruleset, uint16_t port) {
    const struct landlock_port_rule rule = {.allowed = LANDLOCK_CONNECT_TCP, .port = port};
    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PORT, &rule, 0);
}

long landlock_enter(const struct requirements *requirements) {
    long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_VERSION);
    int ruleset = abi < 1 ? -1 : landlock_create(abi);
    if (ruleset < 0) {
        return 0;
    }
    for (size_t i = 0; requirements->files[i] != NULL; i++) {
        landlock_allow_file(ruleset, requirements->files[i]);
    }
    if (random_needs_device()) {
        landlock_allow_file(ruleset, "/dev/random");
        landlock_allow_file(ruleset, "/dev/urandom");
    }
    if (abi >= 4) {
        landlock_allow_port(ruleset, requirements->port);
        landlock_allow_port(ruleset, LANDLOCK_DNS_PORT);
    }
    bool done = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    close(ruleset);
    return done ? abi : 0;
}

#else

long landlock_enter(const struct requirements *requirements) {
    (void)requirements;
    return 0;
}

#endif
