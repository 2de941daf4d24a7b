#include "os/secure_memory.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Complete pages; the memory lies at their end, so that what runs over it hits the guard page. */
struct extent {
    char *start;
    size_t page;
    size_t size; /* without the guards on both sides */
};

static size_t secure_memory_round_up(size_t size, size_t to) {
    return (size + to - 1) / to * to;
}

static struct extent secure_memory_extent(void *memory, size_t size) {
    size_t page = (size_t)getpagesize();
    struct extent extent = {NULL, page, secure_memory_round_up(size, page)};
    if (memory != NULL) {
        extent.start =
            (char *)memory + secure_memory_round_up(size, sizeof(max_align_t)) - extent.size;
    }
    return extent;
}

void secure_memory_lock(void *memory, size_t size) {
    struct extent extent = secure_memory_extent(memory, size);
    mlock(extent.start, extent.size);
}

void *secure_memory_new(size_t size) {
    struct extent extent = secure_memory_extent(NULL, size);
    char *all =
        mmap(NULL, extent.size + 2 * extent.page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED) {
        return NULL;
    }
    char *start = all + extent.page;
    if (mprotect(start, extent.size, PROT_READ | PROT_WRITE) != 0) {
        munmap(all, extent.size + 2 * extent.page);
        return NULL;
    }
    madvise(start, extent.size, MADV_DONTDUMP);
    void *memory = start + extent.size - secure_memory_round_up(size, sizeof(max_align_t));
    secure_memory_lock(memory, size);
    return memory;
}

void secure_memory_free(void *memory, size_t size) {
    if (memory != NULL) {
        struct extent extent = secure_memory_extent(memory, size);
        explicit_bzero(memory, size);
        munmap(extent.start - extent.page, extent.size + 2 * extent.page);
    }
}
