/* The file of an entry, in a directory that no other user can write to; beside it, while a process
 * fetches, a lock file. */
#ifndef CACHE_FILE_H
#define CACHE_FILE_H

#include "cache/entry.h"

#include <limits.h>

struct cache_file {
    int directory;   /* -1: not open */
    int lock;        /* its file; -1: not open */
    bool is_held;    /* the lock is, by us */
    bool is_private; /* in a private directory in one that everybody can write to */
    char name[NAME_MAX + 1];
};

/* The file that `path` names; if that is a directory or ends in '/', the one in it that is named by
 * `key`. Missing directories are made, with mode 0700. LOCAL: others could write
 * there; with the status OK: it cannot be used, errno says why. Either way, call cache_file_close.
 */
PINETOKEN_MUST_USE bool cache_file_open(struct cache_file *file, const char *path, span key,
                                        pinetoken_error *error);
void cache_file_close(struct cache_file *file);

/* The complete file to out[0..ENTRY_MAX]. False: errno says why, ENOENT if there is none, EEXIST
 * if it is not a regular file; *error's status is LOCAL if others could have written it. */
PINETOKEN_MUST_USE bool cache_file_read(const struct cache_file *file, char *out, size_t *size,
                                        pinetoken_error *error);
/* Atomically, and synced before it is renamed. False: errno says why. */
PINETOKEN_MUST_USE bool cache_file_replace(const struct cache_file *file, span text);
/* False: errno says why; ENOENT: there was none. */
PINETOKEN_MUST_USE bool cache_file_remove(const struct cache_file *file);

enum lock_state {
    LOCK_HELD,
    LOCK_BUSY, /* by another process, whose end releases it */
    LOCK_OVER, /* who held it until now is done, and may have left a note, or is past its deadline
                */
    LOCK_NONE  /* there are no locks here; errno says why */
};
/* `deadline`: until when this process would hold it at most, by clock_monotonic_ms. After LOCK_OVER
 * the next call asks for a new lock. */
PINETOKEN_MUST_USE enum lock_state cache_file_try_lock(struct cache_file *file, int64_t deadline,
                                                       struct buffer *note);
/* Releases it, or gives up waiting for it; whoever waits for a lock that was held gets `note`. */
void cache_file_unlock(struct cache_file *file, span note);

#endif
