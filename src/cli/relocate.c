#include "cli/relocate.h"

#include <elf.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

/* A relative relocation is 24 bytes of the file as DT_RELA and about one bit as DT_RELR, 7 KB of
 * this program. The linker knows the latter, and so does musl's start file from 1.2.4 on; an older
 * one reaches main() without having looked at it. */
#ifndef DT_RELR
#define DT_RELRSZ 35
#define DT_RELR 36
#endif

#if UINTPTR_MAX > 0xffffffff
typedef Elf64_Dyn dynamic_entry;
#else
typedef Elf32_Dyn dynamic_entry;
#endif
extern const dynamic_entry _DYNAMIC[] __attribute__((visibility("hidden")));
extern char __ehdr_start[]
    __attribute__((visibility("hidden"))); /* where the file begins in memory */

/* Points at itself once relocated. */
static const volatile void *const volatile marker = &marker;

static void add_base(char *where) {
    uintptr_t value;
    memcpy(&value, where, sizeof value);
    value += (uintptr_t)__ehdr_start;
    memcpy(where, &value, sizeof value);
}

/* An even entry is the address of a word; an odd one has a bit, from the second lowest on, for each
 * of the words behind the last (System V ABI, SHT_RELR). */
static void apply(const uintptr_t *entries, size_t count) {
    char *where = __ehdr_start;
    for (size_t i = 0; i < count; i++) {
        if ((entries[i] & 1) == 0) {
            where = __ehdr_start + entries[i];
            add_base(where);
            where += sizeof(uintptr_t);
            continue;
        }
        for (size_t bit = 1; bit < sizeof(uintptr_t) * CHAR_BIT;
             bit++, where += sizeof(uintptr_t)) {
            if ((entries[i] >> bit & 1) != 0) {
                add_base(where);
            }
        }
    }
}

void relocate(void) {
    const char *entries = NULL;
    size_t size = 0;
    for (const dynamic_entry *each = _DYNAMIC; each->d_tag != DT_NULL; each++) {
        if (each->d_tag == DT_RELR) {
            entries = __ehdr_start + each->d_un.d_ptr;
        } else if (each->d_tag == DT_RELRSZ) {
            size = each->d_un.d_val;
        }
    }
    if (marker != &marker && entries != NULL) {
        apply((const uintptr_t *)(const void *)entries, size / sizeof(uintptr_t));
    }
}
