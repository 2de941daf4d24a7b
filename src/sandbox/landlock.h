/* Which files and TCP ports a process still reaches, enforced by Landlock. */
#ifndef SANDBOX_LANDLOCK_H
#define SANDBOX_LANDLOCK_H

#include "sandbox/sandbox.h"

/* For this thread and those it starts, for good. Returns the version of the kernel's ABI that is
 * in force; 0: none. */
long landlock_enter(const struct requirements *requirements);

#endif
