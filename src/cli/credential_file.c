#include "cli/credential_file.h"

#include "base/error.h"
#include "os/file.h"
#include "os/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* "client secret: the file of --client-secret-file PROBLEM" */
static bool credential_file_fail(const struct credential_file *file, const char *problem,
                                 const char *advice, pinetoken_error *error) {
    return error_set_parts(error, PINETOKEN_CREDENTIALS,
                           ERROR_PARTS(file->what, ": the file of ", file->from, " ", problem),
                           advice);
}

static bool credential_file_fail_errno(const struct credential_file *file, const char *problem,
                                       int number, const char *advice, pinetoken_error *error) {
    credential_file_fail(file, problem, "", error);
    error_add(error, ": ");
    error_add(error, strerror(number));
    return error_advise(error, advice);
}

/* ---- who else can read and write it ---------------------------------------------------------- */

/* File systems whose files have no modes of their own (linux/magic.h): FAT, exFAT, NTFS by two
 * drivers, 9P of WSL, SMB of two versions. */
static bool credential_file_has_modes(int fd) {
    static const uint32_t without[] = {0x4d44,     0x2011bab0, 0x5346544e, 0x7366746e,
                                       0x01021997, 0xff534d42, 0xfe534d42};
    struct statfs facts;
    if (fstatfs(fd, &facts) != 0) {
        return true;
    }
    for (size_t i = 0; i < sizeof without / sizeof without[0]; i++) {
        if ((uint32_t)facts.f_type == without[i]) {
            return false;
        }
    }
    return true;
}

/* How the mode can be changed there. */
static const char *credential_file_mode_advice(int fd, const struct stat *facts) {
    struct statvfs mount;
    bool is_read_only = fstatvfs(fd, &mount) == 0 && (mount.f_flag & ST_RDONLY) != 0;
    if (!credential_file_has_modes(fd)) {
        return "its file system has no modes: mount it with umask=077, or move the file";
    }
    if (getenv("KUBERNETES_SERVICE_HOST") != NULL) {
        return "set defaultMode: 0400 for the volume in the pod's specification";
    }
    if (is_read_only) {
        return "its mount is read-only: change the mode where the file comes from";
    }
    return geteuid() == 0 || geteuid() == facts->st_uid ? "chmod 600 it"
                                                        : "its owner must chmod 600 it";
}

/* Once: agent reads the file at each renewal. */
static void credential_file_warn(const struct credential_file *file, const char *advice,
                                 struct console *console) {
    static bool has_warned;
    pinetoken_error warning;
    if (!has_warned) {
        credential_file_fail(file, "can be read by everybody", advice, &warning);
        console_warn_error(console, &warning);
    }
    has_warned = true;
}

/* A secret that others can write may not be its owner's; one that everybody can read does not stay
 * secret. What is not a regular file, a pipe for example, belongs to whoever opened it. */
static bool credential_file_check(const struct credential_file *file, int fd,
                                  struct console *console, pinetoken_error *error) {
    struct stat facts;
    if (!file->is_secret) {
        return true;
    }
    if (fstat(fd, &facts) != 0) {
        return credential_file_fail_errno(file, "has a mode that cannot be read", errno, "", error);
    }
    if (file_is_foreign(&facts)) {
        return credential_file_fail(file, FILE_FOREIGN, FILE_FOREIGN_ADVICE, error);
    }
    if (file_is_writable(&facts)) {
        return credential_file_fail(file, FILE_WRITABLE, credential_file_mode_advice(fd, &facts),
                                    error);
    }
    if (S_ISREG(facts.st_mode) && (facts.st_mode & S_IROTH) != 0) {
        credential_file_warn(file, credential_file_mode_advice(fd, &facts), console);
    }
    return true;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool credential_file_take(const struct credential_file *file, int fd,
                                 struct credential *credential, pinetoken_error *error) {
    if (io_read(fd, credential->text, sizeof credential->text - 1, file->deadline,
                &credential->size)) {
        return true;
    }
    if (errno == ETIMEDOUT) {
        return error_set_parts(
            error, PINETOKEN_TIMEOUT,
            ERROR_PARTS(file->what, ": the time ran out while it was read from ", file->from),
            "check who writes to it, or give a larger --timeout");
    }
    return credential_file_fail_errno(file, "cannot be read", errno,
                                      "check what it is, and its mode", error);
}

bool credential_file_read(const struct credential_file *file, const char *name,
                          struct credential *credential, struct console *console,
                          pinetoken_error *error) {
    if (strcmp(name, "-") == 0) {
        return credential_file_check(file, STDIN_FILENO, console, error) &&
               credential_file_take(file, STDIN_FILENO, credential, error);
    }
    /* A FIFO that nobody has opened for writing would keep a blocking open(2) waiting. */
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        return credential_file_fail_errno(file, "cannot be opened", errno,
                                          "check its name and mode", error);
    }
    bool done = credential_file_check(file, fd, console, error) &&
                credential_file_take(file, fd, credential, error);
    close(fd);
    return done;
}
