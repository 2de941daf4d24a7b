/* Memory for what must not be found: between guard pages, not swapped, not in a core. */
#ifndef OS_SECURE_MEMORY_H
#define OS_SECURE_MEMORY_H

#include <stddef.h>

/* All zeros. NULL: there is none. That it cannot be locked (RLIMIT_MEMLOCK) is no failure. */
void *secure_memory_new(size_t size);
/* Again where a fork(2) was, which locks nothing of the new process. */
void secure_memory_lock(void *memory, size_t size);
/* Wiped. NULL is fine. */
void secure_memory_free(void *memory, size_t size);

#endif
