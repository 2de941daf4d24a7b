/* The content goes to a temporary file beside the target, NAME.pinetoken.part, which is renamed.
 * Its writer holds a lock on it (flock(2)) until then, so that two writers of one file never share
 * one: the second takes NAME.1.pinetoken.part, and so on. A temporary file whose lock is free was
 * abandoned by a process that was killed, and is removed. */
#include "os/file.h"

#include "base/buffer.h"
#include "base/error.h"
#include "os/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Our own suffix: a file that somebody else made must not be taken for an abandoned one of ours. */
#define FILE_PART ".pinetoken.part"
/* Writers of one file at once; more of them are a mistake somewhere. */
#define FILE_WRITERS_MAX 8u
/* Without locks (some network file systems) a temporary file this old counts as abandoned. */
#define FILE_STALE_SECONDS 60

/* A temporary file that is open and locked. */
struct file_part {
    int directory;
    int fd; /* -1: none */
    char name[NAME_MAX + 1];
};

/* False: errno says why; EEXIST: it is there, but not a regular file. */
static bool file_is_regular(int directory, const char *name) {
    struct stat facts;
    if (fstatat(directory, name, &facts, AT_SYMLINK_NOFOLLOW) != 0) {
        return false;
    }
    errno = EEXIST;
    return S_ISREG(facts.st_mode);
}

bool file_is_writable(const struct stat *facts) {
    return S_ISREG(facts->st_mode) && (facts->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

bool file_is_foreign(const struct stat *facts) {
    return S_ISREG(facts->st_mode) && geteuid() == 0 && facts->st_uid != 0;
}

bool file_remove(int directory, const char *name) {
    return file_is_regular(directory, name) && unlinkat(directory, name, 0) == 0;
}

const char *file_reason(int number) {
    return number == EEXIST ? "it is not a regular file" : strerror(number);
}

/* ---- the temporary file ---------------------------------------------------------------------- */

static bool file_name_part(struct file_part *part, const char *name, unsigned number) {
    struct buffer buffer;
    buffer_init(&buffer, part->name, sizeof part->name - 1);
    buffer_append_text(&buffer, name);
    if (number > 0) {
        buffer_append_byte(&buffer, '.');
        buffer_append_number(&buffer, number);
    }
    buffer_append_text(&buffer, FILE_PART);
    part->name[buffer.size] = '\0';
    errno = ENAMETOOLONG;
    return !buffer.overflow;
}

/* Whether the name still leads to the open file. */
static bool file_is_at(const struct file_part *part, int fd) {
    struct stat ours;
    struct stat theirs;
    return fstat(fd, &ours) == 0 &&
           fstatat(part->directory, part->name, &theirs, AT_SYMLINK_NOFOLLOW) == 0 &&
           ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

static bool file_is_stale(int fd) {
    struct stat facts;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        return true;
    }
    return errno != EWOULDBLOCK && fstat(fd, &facts) == 0 &&
           time(NULL) - facts.st_mtime > FILE_STALE_SECONDS;
}

/* Removes what a killed process has left. While its lock is ours nobody else removes it, or renames
 * it to its target. */
static void file_remove_stale_part(const struct file_part *part) {
    int fd = openat(part->directory, part->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    if (file_is_stale(fd) && file_is_at(part, fd) && file_is_regular(part->directory, part->name)) {
        unlinkat(part->directory, part->name, 0);
    }
    close(fd);
}

static bool file_create_part(struct file_part *part) {
    part->fd = openat(part->directory, part->name,
                      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (part->fd < 0) {
        return false;
    }
    bool is_ours = flock(part->fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    /* Another writer may have taken it for an abandoned one before it was locked. */
    if (is_ours && file_is_at(part, part->fd)) {
        return true;
    }
    close(part->fd);
    part->fd = -1;
    errno = EEXIST;
    return false;
}

static bool file_open_part(struct file_part *part, const char *name) {
    for (unsigned i = 0; i < FILE_WRITERS_MAX; i++) {
        bool is_named = file_name_part(part, name, i);
        bool is_open = is_named && file_create_part(part);
        if (is_named && !is_open && errno == EEXIST) {
            file_remove_stale_part(part);
            is_open = file_create_part(part);
        }
        if (is_open || errno != EEXIST) {
            return is_open;
        }
    }
    errno = EBUSY;
    return false;
}

/* ---- its content ----------------------------------------------------------------------------- */

static bool file_set_attributes(int fd, const struct file_attributes *attributes) {
    const struct timespec times[2] = {
        {.tv_nsec = UTIME_OMIT},
        {.tv_sec = (time_t)attributes->modified_at,
         .tv_nsec = attributes->modified_at < 0 ? UTIME_NOW : 0},
    };
    return ((attributes->owner < 0 && attributes->group < 0) ||
            fchown(fd, (uid_t)attributes->owner, (gid_t)attributes->group) == 0) &&
           fchmod(fd, attributes->mode) == 0 && futimens(fd, times) == 0;
}

static bool file_fill(int fd, span content, const struct file_attributes *attributes) {
    return io_write(fd, content.data, content.size) && file_set_attributes(fd, attributes) &&
           fsync(fd) == 0;
}

bool file_replace(int directory, const char *name, span content,
                  const struct file_attributes *attributes) {
    struct file_part part = {.directory = directory, .fd = -1};
    if ((!file_is_regular(directory, name) && errno != ENOENT) || !file_open_part(&part, name)) {
        return false;
    }
    if (!file_fill(part.fd, content, attributes) ||
        renameat(directory, part.name, directory, name) != 0) {
        int number = errno;
        unlinkat(directory, part.name, 0);
        close(part.fd);
        errno = number;
        return false;
    }
    close(part.fd);
    /* That the name survives a loss of power. Some file systems cannot; the file is there. */
    fsync(directory);
    return true;
}

/* ---- by a path ------------------------------------------------------------------------------- */

static bool file_fail(const char *path, pinetoken_error *error) {
    int number = errno;
    error_begin(error, PINETOKEN_LOCAL, "");
    error_add_quoted(error, span_text(path));
    error_add(error, ": cannot be written: ");
    error_add(error, file_reason(number));
    error->system_errno = number;
    return error_advise(error, number == EEXIST ? "name a file, not a device, a pipe or a link"
                                                : "check its directory, owner and space");
}

/* The directory's descriptor, and the name in it. -1: errno says why. */
static int file_open_directory(const char *path, const char **name) {
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    *name = slash != NULL ? slash + 1 : path;
    size_t size = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    if (size >= sizeof directory) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (**name == '\0') {
        errno = EISDIR;
        return -1;
    }
    memcpy(directory, path, size);
    directory[size] = '\0';
    return open(size > 0 ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool file_write_atomically(const char *path, span content, const struct file_attributes *attributes,
                           pinetoken_error *error) {
    const char *name = NULL;
    int directory = file_open_directory(path, &name);
    if (directory < 0) {
        return file_fail(path, error);
    }
    bool done = file_replace(directory, name, content, attributes) || file_fail(path, error);
    close(directory);
    return done;
}
