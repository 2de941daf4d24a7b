#include "trust/roots.h"

#include "base/error.h"
#include "os/file.h"
#include "os/io.h"
#include "trust/builtin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where distributions have one file with all roots; the first that exists is used. */
static const char roots_system_files[] =
    "/etc/ssl/certs/ca-certificates.crt\0"                /* Debian, Alpine, Arch, OpenWrt */
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem\0" /* Fedora, RHEL */
    "/etc/ssl/ca-bundle.pem\0"                            /* openSUSE */
    "/etc/ssl/cert.pem\0";                                /* Alpine's base, the BSDs */

static bool roots_fail(pinetoken_error *error, const char *name, const char *why, int number) {
    error_begin(error, PINETOKEN_TLS, "roots: ");
    error_add_quoted(error, span_text(name));
    error_add(error, why);
    if (number != 0) {
        error->system_errno = number;
        error_add(error, strerror(number));
    }
    return error_advise(error,
                        "give a PEM file with --ca-file or SSL_CERT_FILE, or use --ca builtin");
}

/* Packs what was read, or else reports it; `data` is the bundle's, or freed. */
static bool roots_take(struct roots *roots, const char *name, unsigned char *data, size_t size,
                       pinetoken_error *error) {
    bundle_pack(&roots->bundle, data, size);
    roots->origin = name;
    if (roots->bundle.count > 0) {
        return true;
    }
    size_t skipped = roots->bundle.skipped;
    roots_free(roots);
    if (skipped == 0) {
        return roots_fail(error, name, ": contains no certificate", 0);
    }
    roots_fail(error, name, ": each certificate in it is damaged, or larger than ", 0);
    error_add_number(error, LIMIT_CERTIFICATE);
    error_add(error, " bytes");
    return false;
}

static unsigned char *roots_allocate(size_t size, pinetoken_error *error) {
    unsigned char *data = malloc(size);
    if (data == NULL) {
        error_out_of_memory("roots", error);
    }
    return data;
}

/* Whoever can change it says whom to give the secret to. The owner of the system's may have no
 * number here, in a container for one. */
static bool roots_check_file(const struct roots *roots, const struct stat *facts, const char *name,
                             pinetoken_error *error) {
    if (facts->st_size <= 0 || facts->st_size > (off_t)LIMIT_CA_FILE) {
        return roots_fail(error, name, ": is empty, or larger than 4 MiB", 0);
    }
    if (file_is_foreign(facts) && !roots->is_system) {
        roots_fail(error, name, ": " FILE_FOREIGN, 0);
        return error_advise(error, FILE_FOREIGN_ADVICE);
    }
    if (file_is_writable(facts)) {
        roots_fail(error, name, ": " FILE_WRITABLE, 0);
        return error_advise(error, "chmod go-w it");
    }
    return true;
}

static bool roots_load_descriptor(struct roots *roots, int fd, const char *name,
                                  pinetoken_error *error) {
    struct stat facts;
    if (fstat(fd, &facts) != 0) {
        return roots_fail(error, name, ": cannot be read: ", errno);
    }
    if (!roots_check_file(roots, &facts, name, error)) {
        return false;
    }
    size_t capacity = (size_t)facts.st_size;
    size_t size = 0;
    unsigned char *data = roots_allocate(capacity, error);
    if (data == NULL) {
        return false;
    }
    /* As much as there is, even if the file changes meanwhile. */
    if (!io_read(fd, data, capacity, IO_NO_DEADLINE, &size)) {
        int number = errno;
        free(data);
        return roots_fail(error, name, ": cannot be read: ", number);
    }
    return roots_take(roots, name, data, size, error);
}

/* The data is a copy of the text: packing the certificates writes over it. */
static bool roots_load_text(struct roots *roots, const char *text, pinetoken_error *error) {
    const span all = span_text(text);
    unsigned char *data = roots_allocate(all.size, error);
    if (data == NULL) {
        return false;
    }
    memcpy(data, all.data, all.size);
    return roots_take(roots, "the CA certificates given", data, all.size, error);
}

static bool roots_load_file(struct roots *roots, const char *name, pinetoken_error *error) {
    if (strchr(name, '\n') != NULL) {
        return roots_load_text(roots, name, error);
    }
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return roots_fail(error, name, ": cannot be opened: ", errno);
    }
    bool loaded = roots_load_descriptor(roots, fd, name, error);
    close(fd);
    return loaded;
}

const char *roots_system_file(size_t index) {
    const char *at = roots_system_files;
    for (size_t i = 0; i < index && *at != '\0'; i++) {
        at += strlen(at) + 1;
    }
    /* The list ends with two NULs.
     * NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
    return *at != '\0' ? at : NULL;
}

static const char *roots_find_system_file(void) {
    const char *at = NULL;
    for (size_t i = 0; (at = roots_system_file(i)) != NULL; i++) {
        if (access(at, R_OK) == 0) {
            return at;
        }
    }
    return NULL;
}

bool roots_load(struct roots *roots, pinetoken_roots kind, const char *ca_file,
                const char *system_ca_file, pinetoken_error *error) {
    *roots = (struct roots){.origin = "built in"};
    if (ca_file != NULL) {
        return roots_load_file(roots, ca_file, error);
    }
    const char *system_file = system_ca_file;
    if (system_file == NULL && kind != PINETOKEN_ROOTS_BUILTIN) {
        system_file = roots_find_system_file();
        roots->is_system = true;
    }
    if (kind == PINETOKEN_ROOTS_BUILTIN || (kind == PINETOKEN_ROOTS_AUTO && system_file == NULL)) {
        roots->is_builtin = true;
        return true;
    }
    if (system_file == NULL) {
        return error_set(error, PINETOKEN_TLS, "roots: the system has none in the usual places",
                         "install its CA certificates, or use --ca builtin");
    }
    return roots_load_file(roots, system_file, error);
}

bool roots_next(const struct roots *roots, span name, size_t *cursor,
                unsigned char room[LIMIT_CERTIFICATE], span *certificate) {
    if (!roots->is_builtin) {
        return bundle_next(&roots->bundle, name, cursor, certificate);
    }
    size_t size = 0;
    if (!builtin_next(name, cursor, room, &size)) {
        return false;
    }
    *certificate = (span){(const char *)room, size};
    return true;
}

void roots_free(struct roots *roots) {
    free(roots->bundle.data);
    *roots = (struct roots){0};
}
