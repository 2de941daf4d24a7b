/* A file that is replaced whole: whoever reads it sees the old one or the new one. */
#ifndef OS_FILE_H
#define OS_FILE_H

#include "pinetoken.h"

struct file_attributes {
    unsigned mode;
    int64_t owner; /* -1: as it is */
    int64_t group;
    int64_t modified_at; /* its time, Unix seconds; -1: now */
};

/* By way of PATH.part beside it, which is there for a moment. LOCAL. */
PINETOKEN_MUST_USE bool file_write_atomically(const char *path, const char *data, size_t size,
                                              const struct file_attributes *facts,
                                              pinetoken_error *error);

#endif
