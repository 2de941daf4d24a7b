/* A file that is replaced atomically: whoever opens it finds the old content or the new one. */
#ifndef OS_FILE_H
#define OS_FILE_H

#include "base/span.h"

struct file_attributes {
    unsigned mode;
    int64_t owner; /* -1: unchanged */
    int64_t group;
    int64_t modified_at; /* Unix time; -1: now */
};

/* Replaces `name` in the open directory. The content is on the disk before the name leads to it.
 * Only a regular file, or nothing, is ever replaced. False: errno says why; EEXIST: something else
 * than a regular file has this name. */
PINETOKEN_MUST_USE bool file_replace(int directory, const char *name, span content,
                                     const struct file_attributes *attributes);
/* The same by a path. LOCAL. */
PINETOKEN_MUST_USE bool file_write_atomically(const char *path, span content,
                                              const struct file_attributes *attributes,
                                              pinetoken_error *error);
/* Only a regular file is ever removed. False: as file_replace; ENOENT: there is none. */
PINETOKEN_MUST_USE bool file_remove(int directory, const char *name);

#endif
