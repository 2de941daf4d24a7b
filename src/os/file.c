#include "os/file.h"

#include "base/error.h"
#include "base/text.h"
#include "os/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(const char *path, pinetoken_error *error) {
    char shown[128];
    struct text text;
    int number = errno;
    text_init(&text, shown, sizeof shown);
    text_append_printable(&text, path, strlen(path));
    return error_set_parts(error, PINETOKEN_LOCAL,
                           ERROR_PARTS(shown, ": cannot be written: ", strerror(number)),
                           "check its directory, owner and space");
}

static bool file_set_attributes(int fd, const struct file_attributes *facts) {
    const struct timespec times[2] = {
        {.tv_nsec = UTIME_OMIT},
        {.tv_sec = (time_t)facts->modified_at, .tv_nsec = facts->modified_at < 0 ? UTIME_NOW : 0},
    };
    return ((facts->owner < 0 && facts->group < 0) ||
            fchown(fd, (uid_t)facts->owner, (gid_t)facts->group) == 0) &&
           fchmod(fd, facts->mode) == 0 && futimens(fd, times) == 0;
}

static bool write_part(const char *part, const char *data, size_t size,
                       const struct file_attributes *facts) {
    /* What was left there by one that was killed. */
    (void)unlink(part);
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) {
        return false;
    }
    bool done = io_write(fd, data, size) && file_set_attributes(fd, facts) && fsync(fd) == 0;
    int number = errno;
    close(fd);
    errno = number;
    return done;
}

/* That the new name stays after a loss of power. Some file systems cannot. */
static void sync_directory(char *path) {
    char *slash = strrchr(path, '/');
    if (slash != NULL) {
        slash[slash == path ? 1 : 0] = '\0';
    }
    int fd = open(slash != NULL ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

bool file_write_atomically(const char *path, const char *data, size_t size,
                           const struct file_attributes *facts, pinetoken_error *error) {
    char part[PATH_MAX];
    struct text text;
    text_init(&text, part, sizeof part);
    text_append(&text, path);
    text_append(&text, ".part");
    if (!write_part(part, data, size, facts) || rename(part, path) != 0) {
        int number = errno;
        (void)unlink(part);
        errno = number;
        return fail(path, error);
    }
    sync_directory(part);
    return true;
}
