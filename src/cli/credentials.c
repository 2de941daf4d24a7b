#include "cli/credentials.h"

#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where one of the two can come from. `what` and the names of options and variables are all that an
 * error tells: the name of a file could be the secret itself, given in the wrong place. */
struct source {
    const char *what;
    enum option value_option; /* OPTION_COUNT: none takes it */
    enum option file_option;
    const char *variable;
    const char *file_variable;
    const char *systemd_name;
    bool is_secret;
};

static const struct source id_source = {
    "client id",
    OPTION_CLIENT_ID,
    OPTION_CLIENT_ID_FILE,
    "PINECONE_CLIENT_ID",
    "PINECONE_CLIENT_ID_FILE",
    "pinecone-client-id",
    false,
};
static const struct source secret_source = {
    "client secret",
    OPTION_COUNT,
    OPTION_CLIENT_SECRET_FILE,
    "PINECONE_CLIENT_SECRET",
    "PINECONE_CLIENT_SECRET_FILE",
    "pinecone-client-secret",
    true,
};

/* One of the two while it is sought. `from` names the option or variable that it came by. */
struct search {
    const struct source *source;
    struct credential *credential;
    const char *from;
    struct console *console;
};

static bool has_control(const struct credential *credential) {
    for (size_t i = 0; i < credential->size; i++) {
        unsigned char byte = (unsigned char)credential->text[i];
        if (byte < 0x20 || byte == 0x7f) {
            return true;
        }
    }
    return false;
}

/* The contract's rules. */
static bool check(const struct search *search, pinetoken_error *error) {
    const struct credential *credential = search->credential;
    const char *fault = NULL;
    if (credential->size == 0) {
        fault = " is empty";
    } else if (credential->size > CREDENTIAL_MAX) {
        fault = " is longer than 4096 bytes";
    } else if (has_control(credential)) {
        fault = " has a control character in it";
    }
    return fault == NULL ||
           error_set_parts(
               error, PINETOKEN_CREDENTIALS,
               ERROR_PARTS(search->source->what, ": what ", search->from, " gives", fault),
               "copy it again from where the service account was made");
}

static bool take_text(const struct search *search, const char *text, pinetoken_error *error) {
    struct credential *credential = search->credential;
    size_t size = strlen(text);
    /* Too long is too long, by however much. */
    credential->size = size <= CREDENTIAL_MAX ? size : CREDENTIAL_MAX + 1;
    memcpy(credential->text, text, credential->size);
    credential->text[credential->size] = '\0';
    return check(search, error);
}

static bool read_bytes(int fd, struct credential *credential) {
    const size_t capacity = sizeof credential->text - 1;
    credential->size = 0;
    while (credential->size < capacity) {
        ssize_t got = read(fd, credential->text + credential->size, capacity - credential->size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return false;
        }
        if (got == 0) {
            break;
        }
        credential->size += (size_t)got;
    }
    return true;
}

static void drop_line_end(struct credential *credential) {
    if (credential->size > 0 && credential->text[credential->size - 1] == '\n') {
        credential->size--;
        if (credential->size > 0 && credential->text[credential->size - 1] == '\r') {
            credential->size--;
        }
    }
    credential->text[credential->size] = '\0';
}

static void warn_readable(const struct search *search) {
    char data[PINETOKEN_MESSAGE_CAPACITY];
    struct text warning;
    text_init(&warning, data, sizeof data);
    text_append(&warning, "client secret: the file of ");
    text_append(&warning, search->from);
    text_append(&warning, " can be read by others (chmod 600 it)");
    console_warn(search->console, data);
}

/* A secret that others can write is not known to be the owner's; one that others can read is no
 * secret for long. */
static bool check_mode(const struct search *search, int fd, pinetoken_error *error) {
    struct stat facts;
    if (!search->source->is_secret) {
        return true;
    }
    if (fstat(fd, &facts) != 0) {
        return error_set_parts(error, PINETOKEN_CREDENTIALS,
                               ERROR_PARTS("client secret: the mode of the file of ", search->from,
                                           " cannot be read: ", strerror(errno)),
                               "");
    }
    if (!S_ISREG(facts.st_mode)) {
        return true;
    }
    if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return error_set_parts(
            error, PINETOKEN_CREDENTIALS,
            ERROR_PARTS("client secret: the file of ", search->from, " can be written by others"),
            "chmod 600 it");
    }
    if ((facts.st_mode & S_IROTH) != 0) {
        warn_readable(search);
    }
    return true;
}

static bool take_descriptor(const struct search *search, int fd, pinetoken_error *error) {
    if (!check_mode(search, fd, error)) {
        return false;
    }
    if (!read_bytes(fd, search->credential)) {
        return error_set_parts(error, PINETOKEN_CREDENTIALS,
                               ERROR_PARTS(search->source->what, ": the file of ", search->from,
                                           " cannot be read: ", strerror(errno)),
                               "check what it is, and its mode");
    }
    drop_line_end(search->credential);
    return check(search, error);
}

static bool take_file(const struct search *search, const char *name, pinetoken_error *error) {
    if (strcmp(name, "-") == 0) {
        return take_descriptor(search, STDIN_FILENO, error);
    }
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return error_set_parts(error, PINETOKEN_CREDENTIALS,
                               ERROR_PARTS(search->source->what, ": the file of ", search->from,
                                           " cannot be opened: ", strerror(errno)),
                               "check its name and mode");
    }
    bool taken = take_descriptor(search, fd, error);
    close(fd);
    return taken;
}

/* systemd.exec(5), LoadCredential=. */
static bool find_systemd_file(const struct source *source, char *name, size_t capacity) {
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    struct text text;
    if (directory == NULL) {
        return false;
    }
    text_init(&text, name, capacity);
    text_append(&text, directory);
    text_append(&text, "/");
    text_append(&text, source->systemd_name);
    return access(name, F_OK) == 0;
}

static bool find(struct search *search, const struct options *options, pinetoken_error *error) {
    const struct source *source = search->source;
    char systemd_file[PATH_MAX];
    if (source->value_option != OPTION_COUNT && options->values[source->value_option] != NULL) {
        search->from = option_rows[source->value_option].name;
        return take_text(search, options->values[source->value_option], error);
    }
    if (options->values[source->file_option] != NULL) {
        search->from = option_rows[source->file_option].name;
        return take_file(search, options->values[source->file_option], error);
    }
    search->from = source->variable;
    char *value = getenv(search->from);
    if (value != NULL) {
        return take_text(search, value, error);
    }
    search->from = source->file_variable;
    value = getenv(search->from);
    if (value != NULL) {
        return take_file(search, value, error);
    }
    search->from = "CREDENTIALS_DIRECTORY";
    if (find_systemd_file(source, systemd_file, sizeof systemd_file)) {
        return take_file(search, systemd_file, error);
    }
    error_begin(error, PINETOKEN_CREDENTIALS, source->what);
    error_add(error, ": not given");
    return error_advise_parts(error,
                              ERROR_PARTS("set ", source->variable, ", or see pinetoken --help"));
}

static bool find_and_tell(struct search *search, const struct options *options,
                          pinetoken_error *error) {
    if (!find(search, options, error)) {
        return false;
    }
    const pinetoken_event event = {
        .level = PINETOKEN_LOG_INFO,
        .name = search->source->is_secret ? "credentials.client_secret" : "credentials.client_id",
        .what = search->source->is_secret ? "client secret from" : "client ID from",
        .text = {search->from, strlen(search->from)},
        .number = -1,
    };
    console_event(search->console, &event);
    return true;
}

static bool is_standard_input(const struct options *options, enum option option) {
    return options->values[option] != NULL && strcmp(options->values[option], "-") == 0;
}

bool credentials_find_id(struct credential *id, const struct options *options,
                         struct console *console, pinetoken_error *error) {
    struct search search = {&id_source, id, NULL, console};
    if (options->values[OPTION_CLIENT_ID] == NULL &&
        is_standard_input(options, OPTION_CLIENT_ID_FILE) &&
        is_standard_input(options, OPTION_CLIENT_SECRET_FILE)) {
        return error_set(error, PINETOKEN_USAGE,
                         "--client-secret-file: standard input is taken by --client-id-file",
                         "name a file for one of them");
    }
    return find_and_tell(&search, options, error);
}

bool credentials_find_secret(struct credential *secret, const struct options *options,
                             struct console *console, pinetoken_error *error) {
    struct search search = {&secret_source, secret, NULL, console};
    bool found = find_and_tell(&search, options, error);
    credentials_forget_environment();
    return found;
}

bool credentials_secret_is_variable(const struct options *options) {
    return options->values[secret_source.file_option] == NULL &&
           getenv(secret_source.variable) != NULL;
}

void credentials_forget_environment(void) {
    char *value = getenv(secret_source.variable);
    if (value != NULL) {
        explicit_bzero(value, strlen(value));
    }
}
