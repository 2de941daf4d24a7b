#include "support/guard.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t mapped_size(size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (size + page - 1) / page * page + page;
}

char *guard_copy(span text) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t mapped = mapped_size(text.size);
    char *memory = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert(memory != MAP_FAILED);
    int protected = mprotect(memory + mapped - page, page, PROT_NONE);
    assert(protected == 0);
    (void)protected;
    char *copy = memory + mapped - page - text.size;
    if (text.size > 0) {
        memcpy(copy, text.data, text.size);
    }
    return copy;
}

void guard_free(char *copy, size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t mapped = mapped_size(size);
    munmap(copy + size + page - mapped, mapped);
}
