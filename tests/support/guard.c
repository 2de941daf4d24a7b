#include "support/guard.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t page_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* In complete pages. */
static size_t data_size(size_t size) {
    return (size + page_size() - 1) / page_size() * page_size();
}

/* Between two guards. */
static char *map_data(size_t size) {
    size_t page = page_size();
    size_t mapped = data_size(size) + 2 * page;
    char *memory = mmap(NULL, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert(memory != MAP_FAILED);
    if (size > 0) {
        int opened = mprotect(memory + page, mapped - 2 * page, PROT_READ | PROT_WRITE);
        assert(opened == 0);
        (void)opened;
    }
    return memory + page;
}

static char *copy_to(char *copy, span text) {
    return text.size > 0 ? memcpy(copy, text.data, text.size) : copy;
}

char *guard_copy(span text) {
    return copy_to(map_data(text.size) + data_size(text.size) - text.size, text);
}

char *guard_copy_after(span text) {
    return copy_to(map_data(text.size), text);
}

void guard_free(char *copy, size_t size) {
    size_t data = data_size(size);
    /* At the start of its page it lies after the first guard, whichever of the two it was made by.
     */
    bool is_first = (uintptr_t)copy % page_size() == 0;
    char *start = is_first ? copy : copy + size - data;
    munmap(start - page_size(), data + 2 * page_size());
}
