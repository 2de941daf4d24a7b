#include "cache/file.h"

#include "base/deadline.h"
#include "base/error.h"
#include "base/number.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK ".lock"

/* ---- the directory --------------------------------------------------------------------------- */

/* What root owns is as safe as the system. */
static bool cache_file_others_can_write(const struct stat *facts) {
    return (facts->st_uid != geteuid() && facts->st_uid != 0) ||
           (facts->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

static bool cache_file_refuse(pinetoken_error *error, const char *what, const char *path) {
    error_begin(error, PINETOKEN_LOCAL, "cache: others can write to ");
    error_add(error, what);
    error_add_quoted(error, span_text(path));
    return error_advise(error, "chmod go-w it, use another --cache, or --no-cache");
}

/* With the directory above it, because ~/.cache may be new. If that one cannot be created, the
 * error is its own, not that the lower one is missing. */
static int cache_file_open_directory(char *path, int flags) {
    flags |= O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    int fd = open(path, flags);
    if (fd >= 0 || errno != ENOENT) {
        return fd;
    }
    char *slash = strrchr(path, '/');
    int number = 0;
    if (slash != NULL && slash != path) {
        *slash = '\0';
        number = mkdir(path, S_IRWXU) != 0 && errno != EEXIST ? errno : 0;
        *slash = '/';
    }
    if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST) {
        errno = errno == ENOENT && number != 0 ? number : errno;
        return -1;
    }
    return open(path, flags);
}

/* "pinetoken-UID", in a directory that everybody can write to: a container's volume for one. */
static bool cache_file_open_private(struct cache_file *file) {
    char name[sizeof "pinetoken-" + 12];
    struct buffer text;
    struct stat facts;
    buffer_init(&text, name, sizeof name);
    buffer_append_text(&text, "pinetoken-");
    buffer_append_number(&text, (uint64_t)geteuid());
    const char *own = buffer_terminate(&text);
    if (mkdirat(file->directory, own, S_IRWXU) != 0 && errno != EEXIST) {
        return false;
    }
    int fd = openat(file->directory, own, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    close(file->directory);
    file->directory = fd;
    file->is_private = true;
    return fstat(fd, &facts) == 0 && !cache_file_others_can_write(&facts);
}

/* Cuts the file's name off the directory's path. */
static const char *cache_file_split(char *path) {
    char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return NULL;
    }
    *slash = '\0';
    return slash + 1;
}

static bool cache_file_set_name(struct cache_file *file, span name) {
    if (name.size + sizeof LOCK > sizeof file->name) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(file->name, name.data, name.size);
    file->name[name.size] = '\0';
    return true;
}

static bool cache_file_is_directory(const char *path) {
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

/* The path of the directory, without a '/' at its end, stays in `path`. No link is followed to a
 * directory whose name ends in '/'. */
static bool cache_file_open_parts(struct cache_file *file, char *path, span key) {
    size_t size = strlen(path);
    bool is_named = size > 1 && path[size - 1] == '/';
    if (is_named) {
        path[size - 1] = '\0';
    }
    if (is_named || cache_file_is_directory(path)) {
        file->directory =
            cache_file_set_name(file, key) ? cache_file_open_directory(path, O_NOFOLLOW) : -1;
        return file->directory >= 0;
    }
    char here[] = ".";
    char root[] = "/";
    const char *name = cache_file_split(path);
    char *directory = name == NULL ? here : path[0] == '\0' ? root : path;
    file->directory = cache_file_set_name(file, span_text(name == NULL ? path : name))
                          ? cache_file_open_directory(directory, 0)
                          : -1;
    return file->directory >= 0;
}

bool cache_file_open(struct cache_file *file, const char *path, span key, pinetoken_error *error) {
    char copy[PATH_MAX];
    struct stat facts;
    size_t size = strlen(path) + 1;
    error_clear(error);
    *file = (struct cache_file){.directory = -1, .lock = -1};
    if (size > sizeof copy || size == 1) {
        errno = size == 1 ? ENOENT : ENAMETOOLONG;
        return false;
    }
    memcpy(copy, path, size);
    if (!cache_file_open_parts(file, copy, key) || fstat(file->directory, &facts) != 0) {
        return false;
    }
    bool is_safe = !cache_file_others_can_write(&facts) ||
                   ((facts.st_mode & S_IWOTH) != 0 && cache_file_open_private(file));
    return is_safe || cache_file_refuse(error, "the directory of ", path);
}

void cache_file_close(struct cache_file *file) {
    cache_file_unlock(file, SPAN(""));
    if (file->directory >= 0) {
        close(file->directory);
    }
    file->directory = -1;
}

/* ---- the entry ------------------------------------------------------------------------------- */

static bool cache_file_check_entry(const struct cache_file *file, int fd, pinetoken_error *error) {
    struct stat facts;
    if (fstat(fd, &facts) != 0) {
        return false;
    }
    if (!S_ISREG(facts.st_mode)) {
        errno = EINVAL;
        return false;
    }
    return !cache_file_others_can_write(&facts) || cache_file_refuse(error, "", file->name);
}

bool cache_file_read(const struct cache_file *file, char *out, size_t *size,
                     pinetoken_error *error) {
    error_clear(error);
    /* NONBLOCK: opening it does not block, whatever it is. */
    int fd = openat(file->directory, file->name,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool done = cache_file_check_entry(file, fd, error) &&
                io_read(fd, out, ENTRY_MAX, IO_NO_DEADLINE, size);
    int number = errno;
    close(fd);
    errno = number;
    return done;
}

/* The entry's name with a suffix. */
static void cache_file_name_beside(const struct cache_file *file, const char *end,
                                   char out[NAME_MAX + 1]) {
    size_t size = strlen(file->name);
    memcpy(out, file->name, size);
    memcpy(out + size, end, strlen(end) + 1);
}

bool cache_file_replace(const struct cache_file *file, span text) {
    const struct file_attributes attributes = {
        .mode = S_IRUSR | S_IWUSR, .owner = -1, .group = -1, .modified_at = -1};
    return file_replace(file->directory, file->name, text, &attributes);
}

bool cache_file_remove(const struct cache_file *file) {
    return file_remove(file->directory, file->name);
}

/* ---- the lock -------------------------------------------------------------------------------- */

/* While it is held, its file says until when: "until MS\n", by the monotonic clock. Whoever is done
 * removes the file, with a note of a failure in it or none. Those who wait have it open still and
 * find both; those who come later make a new one. What a killed process leaves is there and free to
 * take: the kernel releases flock(2)'s locks. A holder that is past its time, stopped for one, has
 * its file removed by those who wait: they start anew. */

#define LOCK_UNTIL "until "
/* How long after its own deadline a holder may still write what it fetched. */
#define LOCK_GRACE_MS 2000

static bool cache_file_lock_open(struct cache_file *file) {
    struct stat facts;
    if (file->lock < 0) {
        char name[NAME_MAX + 1];
        cache_file_name_beside(file, LOCK, name);
        file->lock = openat(file->directory, name,
                            O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                            S_IRUSR | S_IWUSR);
    }
    if (file->lock >= 0 && fstat(file->lock, &facts) == 0 && !S_ISREG(facts.st_mode)) {
        close(file->lock);
        file->lock = -1;
        errno = EEXIST;
    }
    return file->lock >= 0;
}

static void cache_file_lock_close(struct cache_file *file) {
    if (file->lock >= 0) {
        close(file->lock);
    }
    file->lock = -1;
    file->is_held = false;
}

/* Whether the open file is still the one with its name. */
static bool cache_file_lock_is_current(const struct cache_file *file) {
    char name[NAME_MAX + 1];
    struct stat ours;
    struct stat theirs;
    cache_file_name_beside(file, LOCK, name);
    return fstat(file->lock, &ours) == 0 && ours.st_nlink > 0 &&
           fstatat(file->directory, name, &theirs, AT_SYMLINK_NOFOLLOW) == 0 &&
           ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

static void cache_file_lock_remove(const struct cache_file *file) {
    if (cache_file_lock_is_current(file)) {
        char name[NAME_MAX + 1];
        cache_file_name_beside(file, LOCK, name);
        unlinkat(file->directory, name, 0);
    }
}

static void cache_file_lock_read(const struct cache_file *file, struct buffer *out) {
    ssize_t got = pread(file->lock, out->data, out->capacity, 0);
    out->size = got > 0 ? (size_t)got : 0;
}

/* Replaces the content of the file. */
static bool cache_file_lock_write(const struct cache_file *file, span text) {
    return ftruncate(file->lock, 0) == 0 && lseek(file->lock, 0, SEEK_SET) == 0 &&
           io_write(file->lock, text.data, text.size);
}

/* False: the holder has written nothing yet, or nothing that can be parsed. */
static bool cache_file_lock_read_until(const struct cache_file *file, int64_t *until) {
    char data[sizeof LOCK_UNTIL + 24];
    struct buffer text;
    uint64_t number = 0;
    const span start = SPAN(LOCK_UNTIL);
    buffer_init(&text, data, sizeof data);
    cache_file_lock_read(file, &text);
    span rest = buffer_span(&text);
    if (!span_starts(rest, start) || rest.data[rest.size - 1] != '\n' ||
        !number_parse(span_cut(rest, start.size, rest.size - 1), 10, INT64_MAX, &number)) {
        return false;
    }
    *until = (int64_t)number;
    return true;
}

/* Held by another process, in its time or after it. */
static enum lock_state cache_file_lock_wait(struct cache_file *file, struct buffer *note) {
    int64_t until = 0;
    bool is_late = cache_file_lock_read_until(file, &until) &&
                   clock_monotonic_ms() > deadline_after(until, LOCK_GRACE_MS);
    if (!is_late && cache_file_lock_is_current(file)) {
        return LOCK_BUSY;
    }
    cache_file_lock_remove(file);
    cache_file_lock_close(file);
    note->size = 0;
    return LOCK_OVER;
}

static enum lock_state cache_file_lock_take(struct cache_file *file, int64_t deadline) {
    char data[sizeof LOCK_UNTIL + 24];
    struct buffer text;
    buffer_init(&text, data, sizeof data);
    buffer_append_text(&text, LOCK_UNTIL);
    buffer_append_signed(&text, deadline);
    buffer_append_byte(&text, '\n');
    file->is_held = cache_file_lock_write(file, buffer_span(&text));
    return file->is_held ? LOCK_HELD : LOCK_NONE;
}

enum lock_state cache_file_try_lock(struct cache_file *file, int64_t deadline,
                                    struct buffer *note) {
    if (!cache_file_lock_open(file)) {
        return LOCK_NONE;
    }
    if (flock(file->lock, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK || errno == EINTR ? cache_file_lock_wait(file, note)
                                                      : LOCK_NONE;
    }
    if (!cache_file_lock_is_current(file)) {
        cache_file_lock_read(file, note);
        cache_file_lock_close(file);
        return LOCK_OVER;
    }
    return cache_file_lock_take(file, deadline);
}

void cache_file_unlock(struct cache_file *file, span note) {
    if (file->is_held) {
        /* If the note cannot be written, those who wait fetch themselves. */
        cache_file_lock_write(file, note);
        cache_file_lock_remove(file);
    }
    cache_file_lock_close(file);
}
