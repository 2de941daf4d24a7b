/* Which system calls a process may still make, enforced by a seccomp filter. */
#ifndef SANDBOX_SECCOMP_H
#define SANDBOX_SECCOMP_H

#include <stdbool.h>
#include <stdint.h>

enum seccomp_stage {
    SECCOMP_STREAMS,    /* WORKER_INPUT is only read, WORKER_OUTPUT only written to */
    SECCOMP_CONNECTING, /* reads a few files, resolves names, connects */
    SECCOMP_CONNECTED   /* has the one connection it will ever have; narrower */
};

/* For all threads of the process, for good; a later stage narrows the earlier one. A call that only
 * an attacker would make raises SIGSYS, and is not executed; one that a rare branch of libc makes
 * in good faith fails. False: this kernel has no filters, or there is none for its architecture. */
bool seccomp_enter(enum seccomp_stage stage);
/* "": a call without a name here. */
const char *seccomp_call_name(int64_t number);

#endif
