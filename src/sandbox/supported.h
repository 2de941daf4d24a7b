/* Whether Landlock and seccomp are used at all: glibc's resolver loads libraries, and the
 * sanitizers, which go with glibc here, make system calls of their own. */
#ifndef SANDBOX_SUPPORTED_H
#define SANDBOX_SUPPORTED_H

#include <features.h>

#ifdef __GLIBC__
#define SANDBOX_SUPPORTED 0
#else
#define SANDBOX_SUPPORTED 1
#endif

#endif
