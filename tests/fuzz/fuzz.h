/* Entry points for libFuzzer, and for AFL++, which drives the same ones. A property that does not
 * hold ends the run. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include "base/span.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                \
    do {                                                                                  \
        if (!(condition)) {                                                               \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
            abort();                                                                      \
        }                                                                                 \
    } while (0)

/* The first byte of the input, taken off it: for the choices of a target. */
static inline uint8_t take_choice(const uint8_t **data, size_t *size) {
    if (*size == 0) {
        return 0;
    }
    uint8_t choice = **data;
    (*data)++;
    (*size)--;
    return choice;
}

/* A copy of its own, so that AddressSanitizer sees one byte too many; the caller's to free. */
static inline char *copy_of(const void *data, size_t size) {
    char *copy = malloc(size > 0 ? size : 1);
    REQUIRE(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    return copy;
}

static inline bool lies_within(span part, const char *data, size_t size) {
    return part.size == 0 || (part.data >= data && part.size <= size &&
                              (size_t)(part.data - data) <= size - part.size);
}

#endif
