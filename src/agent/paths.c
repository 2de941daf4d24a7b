#include "agent/paths.h"

#include "base/error.h"
#include "cli/cache_path.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Where a name lies: two paths to one name are the same file, whether it is there or not. */
struct paths_place {
    dev_t device;
    ino_t directory;
    const char *name;
};

/* False: there is no such directory, and so no such file. */
static bool paths_find(const char *path, struct paths_place *place) {
    char directory[PATH_MAX];
    struct stat facts;
    const char *slash = strrchr(path, '/');
    size_t size = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    if (size >= sizeof directory) {
        return false;
    }
    memcpy(directory, path, size);
    directory[size] = '\0';
    if (stat(size > 0 ? directory : ".", &facts) != 0) {
        return false;
    }
    *place = (struct paths_place){facts.st_dev, facts.st_ino, path + size};
    return true;
}

/* By another name, too: a link. */
static bool paths_lead_to_one_file(const char *left, const char *right) {
    struct stat here;
    struct stat there;
    return stat(left, &here) == 0 && stat(right, &there) == 0 && here.st_dev == there.st_dev &&
           here.st_ino == there.st_ino;
}

static bool paths_are_same(const char *left, const char *right) {
    struct paths_place here;
    struct paths_place there;
    if (right == NULL || strcmp(left, right) == 0) {
        return right != NULL;
    }
    return (paths_find(left, &here) && paths_find(right, &there) && here.device == there.device &&
            here.directory == there.directory && strcmp(here.name, there.name) == 0) ||
           paths_lead_to_one_file(left, right);
}

/* Files that somebody else writes or reads. `path` of one that is not given is NULL. */
static bool paths_is_taken(const struct options *options, enum option option,
                           pinetoken_error *error) {
    char room[CACHE_PATH_CAPACITY];
    const char *path = options->values[option];
    const struct {
        const char *name;
        const char *path;
    } others[] = {
        {"--metrics", option == OPTION_OUT ? options->values[OPTION_METRICS] : NULL},
        {"--client-id-file", options->values[OPTION_CLIENT_ID_FILE]},
        {"--client-secret-file", options->values[OPTION_CLIENT_SECRET_FILE]},
        {"PINECONE_CLIENT_ID_FILE", getenv("PINECONE_CLIENT_ID_FILE")},
        {"PINECONE_CLIENT_SECRET_FILE", getenv("PINECONE_CLIENT_SECRET_FILE")},
        {"--cache-password-file", options->values[OPTION_CACHE_PASSWORD_FILE]},
        {"--ca-file", options->values[OPTION_CA_FILE]},
        {"SSL_CERT_FILE", getenv("SSL_CERT_FILE")},
        {"PIDFILE of --signal", options->pid_file},
        {"--cache", cache_path_file(options, room)},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (paths_are_same(path, others[i].path)) {
            return !error_set_parts(error, PINETOKEN_USAGE,
                                    ERROR_PARTS(option == OPTION_OUT ? "--out" : "--metrics",
                                                ": the same file as ", others[i].name),
                                    "name a file of its own");
        }
    }
    return false;
}

static bool paths_check_file(const struct options *options, enum option option,
                             pinetoken_error *error) {
    const char *path = options->values[option];
    const char *name = option == OPTION_OUT ? "--out" : "--metrics";
    struct stat facts;
    if (path == NULL) {
        return true;
    }
    if (strcmp(path, "-") == 0) {
        return error_set_parts(error, PINETOKEN_USAGE,
                               ERROR_PARTS(name, ": standard output cannot be kept up to date"),
                               "name a file, or use the command token");
    }
    if (lstat(path, &facts) == 0 && !S_ISREG(facts.st_mode)) {
        return error_set_parts(error, PINETOKEN_LOCAL,
                               ERROR_PARTS(name, ": it is not a regular file"),
                               "name a file, not a device, a pipe or a link");
    }
    return !paths_is_taken(options, option, error);
}

bool paths_check(const struct options *options, pinetoken_error *error) {
    return paths_check_file(options, OPTION_OUT, error) &&
           paths_check_file(options, OPTION_METRICS, error);
}
