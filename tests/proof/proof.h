/* Inputs that CBMC chooses. A harness states what it assumes of them, calls, and states what must
 * hold after. */
#ifndef PROOF_PROOF_H
#define PROOF_PROOF_H

#include "base/span.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

size_t nondet_size(void);
unsigned nondet_unsigned(void);
uint64_t nondet_uint64(void);
int64_t nondet_int64(void);
bool nondet_bool(void);
char nondet_char(void);

/* What CBMC may choose from. */
#define ASSUME(condition) __CPROVER_assume(condition)

/* Any bytes, up to `most` of them, in an object of exactly that size: one byte too many is out of
 * bounds. */
static inline span any_span(size_t most) {
    size_t size = nondet_size();
    ASSUME(size <= most);
    char *data = malloc(size);
    ASSUME(data != NULL);
    return (span){data, size};
}

/* Any bytes into an array. (Arrays of a size that is known keep the solver's work small; the
 * harnesses of parsers use them, one run a size.) */
static inline void choose_bytes(char *out, size_t size) {
    for (size_t i = 0; i < size; i++) {
        out[i] = nondet_char();
    }
}

static inline bool lies_within(span part, span whole) {
    return part.size == 0 ||
           (__CPROVER_same_object(part.data, whole.data) && part.data >= whole.data &&
            part.size <= whole.size && (size_t)(part.data - whole.data) <= whole.size - part.size);
}

#endif
