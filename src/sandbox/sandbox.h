/* What a worker gives up: before it reads the first byte of the network, and again when its
 * connection is established. */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include "base/log.h"

/* What a fetch opens and connects to. */
#define SANDBOX_FILES_MAX 8u
struct requirements {
    const char *files[SANDBOX_FILES_MAX]; /* to read; NULL-terminated; borrowed */
    uint16_t port;    /* the port for TCP connections; 53 is always allowed, too */
    bool has_streams; /* WORKER_INPUT and WORKER_OUTPUT are used */
};

/* For good: capabilities, except the one to read any file; new
 * privileges; by Landlock every file but those in `requirements`, to read, and every TCP port but
 * theirs; by a seccomp filter every system call that a fetch does not make. What the kernel does
 * not have is done without; the log says what is in force. */
void sandbox_enter(const struct requirements *requirements, const struct log *log);
/* The environment may have secrets of other programs. Variables that start with `kept` (NULL: none)
 * are no longer found, but pointers to their values remain valid. */
void sandbox_wipe_environment(const char *kept);
/* The connection is established: no other one is made, and no file is opened from here on. */
void sandbox_narrow(void);

#endif
