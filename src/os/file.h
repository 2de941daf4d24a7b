/* A file that is replaced atomically: whoever opens it finds the old content or the new one. */
#ifndef OS_FILE_H
#define OS_FILE_H

#include "base/span.h"

#include <sys/stat.h>

struct file_attributes {
    unsigned mode;
    int64_t owner; /* -1: unchanged */
    int64_t group;
    int64_t modified_at; /* Unix time; -1: now */
};

/* The reason for an errno from here; for EEXIST the one that it stands for. As with strerror, valid
 * until the next call. */
const char *file_reason(int number);
/* Replaces `name` in the open directory. The content is on the disk before the name leads to it.
 * Only a regular file, or nothing, is ever replaced. False: errno says why; EEXIST: something else
 * than a regular file has this name. */
PINETOKEN_MUST_USE bool file_replace(int directory, const char *name, span content,
                                     const struct file_attributes *attributes);
/* The same with a path. LOCAL. */
PINETOKEN_MUST_USE bool file_write_atomically(const char *path, span content,
                                              const struct file_attributes *attributes,
                                              pinetoken_error *error);
/* Whether others can change a regular file whose content is trusted, by its mode; or, if this is
 * root, as its owner. A pipe or a device belongs to whoever opened it. */
#define FILE_WRITABLE "can be written by others"
#define FILE_FOREIGN "belongs to another user, who can change it"
#define FILE_FOREIGN_ADVICE "chown it to root, or run pinetoken as its owner"
PINETOKEN_MUST_USE bool file_is_writable(const struct stat *facts);
PINETOKEN_MUST_USE bool file_is_foreign(const struct stat *facts);
/* Only a regular file is ever removed. False: as file_replace; ENOENT: there is none. */
PINETOKEN_MUST_USE bool file_remove(int directory, const char *name);

#endif
