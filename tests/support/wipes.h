/* What was wiped, for tests of it: include it in one file of a program. Every byte that is wiped
 * anywhere in the program is kept here as it was before. */
#ifndef SUPPORT_WIPES_H
#define SUPPORT_WIPES_H

#include "base/span.h"

#include <string.h>

/* Not all that is wiped was ever written; to valgrind it is not an error to look at the rest. */
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_DEFINED(address, size) ((void)0)
#endif

static char wiped_bytes[262144];
static size_t wiped_size;

/* In place of the C library's, which base/secret.c calls. */
void explicit_bzero(void *data, size_t size) {
    if (size <= sizeof wiped_bytes - wiped_size) {
        memcpy(wiped_bytes + wiped_size, data, size);
        (void)VALGRIND_MAKE_MEM_DEFINED(wiped_bytes + wiped_size, size);
        wiped_size += size;
    }
    memset(data, 0, size);
}

static inline void wipes_forget(void) {
    memset(wiped_bytes, 0, sizeof wiped_bytes);
    wiped_size = 0;
}

/* How often `text` was in what was wiped since then. */
static inline size_t wipes_of(span text) {
    size_t count = 0;
    for (size_t at = 0; at + text.size <= wiped_size; at++) {
        count += memcmp(wiped_bytes + at, text.data, text.size) == 0 ? 1 : 0;
    }
    return count;
}

#endif
