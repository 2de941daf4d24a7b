/* Secure memory: locked (not swapped), between guard pages, left out of core files. */
#ifndef OS_SECURE_MEMORY_H
#define OS_SECURE_MEMORY_H

#include <stddef.h>

/* All zeros. NULL: out of memory. If it cannot be locked (RLIMIT_MEMLOCK), it is not. */
void *secure_memory_new(size_t size);
/* Once more after fork(2), which locks nothing in the new process. */
void secure_memory_lock(void *memory, size_t size);
/* Wiped first. NULL is fine. */
void secure_memory_free(void *memory, size_t size);

#endif
