/* What a process gives up before it reads the first byte of the network. */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include "base/log.h"

/* What a fetch opens and connects to. */
#define SANDBOX_FILES 8u
struct requirements {
    const char *files[SANDBOX_FILES]; /* read only; NULL-terminated; borrowed */
    uint16_t port;                    /* of TCP connections; port 53 is always allowed */
};

/* For good: new privileges; with Landlock, every file but those in `requirements`, read alone, and
 * every TCP port but theirs; with a seccomp filter, every system call that a fetch does not make:
 * exec, fork, writing to a file, a signal to others; making one kills the process. What the kernel
 * does not have is done without; the log says what holds. */
void sandbox_enter(const struct requirements *requirements, const struct log *log);

#endif
