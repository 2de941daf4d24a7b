/* The kernel's randomness, getrandom(2) and nothing else; or the caller's own. */
#ifndef OS_RANDOM_H
#define OS_RANDOM_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the kernel has any: soon after a system has started it may have gathered too little, and
 * would block. Once it has, it always has. */
bool random_is_ready(void);
/* False: not ready, or this kernel has none. Never blocks. */
bool random_fill(void *out, size_t size);

#endif
