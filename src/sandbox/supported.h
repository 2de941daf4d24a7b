/* Whether Landlock and seccomp are used at all: glibc makes other calls than
 * musl, and the sanitizers, which go with glibc here, calls of their own. */
#ifndef SANDBOX_SUPPORTED_H
#define SANDBOX_SUPPORTED_H

#include <features.h>

#ifdef __GLIBC__
#define SANDBOX_SUPPORTED 0
#else
#define SANDBOX_SUPPORTED 1
#endif

#endif
