/* An independent JSON validator, jansson, behind names that clash with none of ours. */
#ifndef FUZZ_REFERENCE_H
#define FUZZ_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

struct reference {
    bool valid;     /* an object */
    bool undecided; /* refused for what RFC 8259 leaves to the reader: numbers beyond a double, half
                       of a surrogate pair */
    bool has_string;
    const char *string; /* of the member "a", decoded; borrowed until reference_free */
    size_t string_size;
    void *value;
};

struct reference reference_load(const char *text, size_t size);
void reference_free(struct reference *reference);

#endif
