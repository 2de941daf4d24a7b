/* What a process gives up before it reads the first byte of the network. */
#ifndef CLI_LOCKDOWN_H
#define CLI_LOCKDOWN_H

#include "console.h"

/* For good: new privileges; with Landlock, every file but those in `needs`, read alone, and every
 * TCP port but theirs; with a seccomp filter, every system call that a fetch does not make: exec,
 * fork, writing to a file, a signal to others; making one kills the process. What the kernel does
 * not have is done without; the log says what holds. */
void lockdown(const pinetoken_needs *needs, struct console *console);

#endif
