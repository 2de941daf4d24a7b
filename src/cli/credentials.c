#include "cli/credentials.h"

#include "base/error.h"
#include "cli/credential_file.h"
#include "cli/credential_shape.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where one of the two can come from. These names are all that is ever printed: the name of a file
 * could be the secret itself, given in the wrong place. */
struct source {
    const char *what;
    enum option value_option; /* OPTION_COUNT: none takes it */
    enum option file_option;
    const char *variable;
    const char *file_variable;
    const char *systemd_name;
    const char *event; /* its name, and what it says */
    const char *event_what;
    bool is_secret;
};

static const struct source id_source = {
    .what = "client ID",
    .value_option = OPTION_CLIENT_ID,
    .file_option = OPTION_CLIENT_ID_FILE,
    .variable = "PINECONE_CLIENT_ID",
    .file_variable = "PINECONE_CLIENT_ID_FILE",
    .systemd_name = "pinecone-client-id",
    .event = "credentials.client_id",
    .event_what = "client ID from",
    .is_secret = false,
};
static const struct source secret_source = {
    .what = "client secret",
    .value_option = OPTION_COUNT,
    .file_option = OPTION_CLIENT_SECRET_FILE,
    .variable = "PINECONE_CLIENT_SECRET",
    .file_variable = "PINECONE_CLIENT_SECRET_FILE",
    .systemd_name = "pinecone-client-secret",
    .event = "credentials.client_secret",
    .event_what = "client secret from",
    .is_secret = true,
};

/* The password of a shared cache, which need not have one. */
static const struct source password_source = {
    .what = "cache password",
    .value_option = OPTION_COUNT,
    .file_option = OPTION_CACHE_PASSWORD_FILE,
    .variable = "PINETOKEN_CACHE_PASSWORD",
    .file_variable = "PINETOKEN_CACHE_PASSWORD_FILE",
    .systemd_name = "pinetoken-cache-password",
    .event = "credentials.cache_password",
    .event_what = "cache password from",
    .is_secret = true,
};

/* One of the two while it is looked for, and where it is. */
struct search {
    const struct source *source;
    const struct options *options;
    struct console *console;
    struct credential *credential;
    const char *from;  /* the option or variable that is set; NULL: none is */
    const char *value; /* the credential; NULL: it is in a file */
    const char *file;  /* "-": standard input */
    char systemd_file[PATH_MAX];
    char option_name[OPTION_NAME_CAPACITY];
};

/* ---- where it is ----------------------------------------------------------------------------- */

/* An empty variable counts as not set. */
static const char *credentials_variable(const char *name) {
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool credentials_use_value(struct search *search, const char *from, const char *value) {
    search->from = from;
    search->value = value;
    return value != NULL;
}

static bool credentials_use_file(struct search *search, const char *from, const char *file) {
    search->from = from;
    search->file = file;
    return file != NULL;
}

/* systemd.exec(5), LoadCredential=. NULL: it is not there. */
static const char *credentials_systemd_file(struct search *search) {
    const char *directory = credentials_variable("CREDENTIALS_DIRECTORY");
    struct buffer path;
    if (directory == NULL) {
        return NULL;
    }
    buffer_init(&path, search->systemd_file, sizeof search->systemd_file);
    buffer_append_text(&path, directory);
    buffer_append_byte(&path, '/');
    buffer_append_text(&path, search->source->systemd_name);
    const char *name = buffer_terminate(&path);
    return !path.overflow && access(name, F_OK) == 0 ? name : NULL;
}

/* In the order of precedence. False: no source is set. */
static bool credentials_locate(struct search *search) {
    const struct source *source = search->source;
    const struct options *options = search->options;
    if (source->value_option != OPTION_COUNT &&
        credentials_use_value(search,
                              options_name(options, source->value_option, search->option_name),
                              options->values[source->value_option])) {
        return true;
    }
    return credentials_use_file(search,
                                options_name(options, source->file_option, search->option_name),
                                options->values[source->file_option]) ||
           credentials_use_value(search, source->variable,
                                 credentials_variable(source->variable)) ||
           credentials_use_file(search, source->file_variable,
                                credentials_variable(source->file_variable)) ||
           credentials_use_file(search, "CREDENTIALS_DIRECTORY", credentials_systemd_file(search));
}

/* ---- reading it ------------------------------------------------------------------------------ */

static span credentials_span(const struct credential *credential) {
    return (span){credential->text, credential->size};
}

static bool credentials_fail_missing(const struct source *source, pinetoken_error *error) {
    error_set_parts(error, PINETOKEN_CREDENTIALS, ERROR_PARTS(source->what, ": not given"), "");
    return error_advise_parts(error,
                              ERROR_PARTS("set ", source->variable, ", or see pinetoken --help"));
}

static void credentials_copy(struct credential *credential, const char *text) {
    const size_t capacity = sizeof credential->text - 1;
    size_t size = strlen(text);
    /* Too long is too long, by however much. */
    credential->size = size < capacity ? size : capacity;
    memcpy(credential->text, text, credential->size);
}

static bool credentials_read(const struct search *search, pinetoken_error *error) {
    const struct credential_file file = {
        .what = search->source->what,
        .from = search->from,
        .is_secret = search->source->is_secret,
        .deadline = search->options->deadline,
    };
    struct credential *credential = search->credential;
    if (search->value != NULL) {
        credentials_copy(credential, search->value);
    } else if (!credential_file_read(&file, search->file, credential, search->console, error)) {
        return false;
    }
    credential->size = shape_without_line_end(credentials_span(credential)).size;
    credential->text[credential->size] = '\0';
    return true;
}

/* False, for use as the end of whoever fails. */
static bool credentials_describe(const struct search *search, const struct shape_finding *finding,
                                 pinetoken_error *error) {
    const struct source *source = search->source;
    error_set_parts(error, PINETOKEN_CREDENTIALS, ERROR_PARTS(source->what, ": ", finding->fault),
                    "");
    if (finding->variable_advice != NULL && search->from == source->variable) {
        return error_advise(error, finding->variable_advice);
    }
    return error_advise_parts(error, ERROR_PARTS(finding->advice, "; it is from ", search->from));
}

static bool credentials_check(const struct search *search, pinetoken_error *error) {
    const span text = credentials_span(search->credential);
    const struct shape_finding fault = shape_fault(text, search->source->variable);
    const struct shape_finding oddity = shape_oddity(text);
    if (fault.fault != NULL) {
        return credentials_describe(search, &fault, error);
    }
    if (oddity.fault != NULL) {
        pinetoken_error warning;
        credentials_describe(search, &oddity, &warning);
        console_warn_error(search->console, &warning);
    }
    return true;
}

static void credentials_log(const struct search *search) {
    const pinetoken_event event = {
        .level = PINETOKEN_LOG_INFO,
        .name = search->source->event,
        .what = search->source->event_what,
        .text = span_text(search->from),
        .number = -1,
    };
    console_event(search->console, &event);
}

static bool credentials_find(struct search *search, pinetoken_error *error) {
    if (!credentials_locate(search)) {
        return credentials_fail_missing(search->source, error);
    }
    if (!credentials_read(search, error) || !credentials_check(search, error)) {
        return false;
    }
    credentials_log(search);
    return true;
}

/* ---- standard input, which can be read by one ------------------------------------------------ */

/* The name of the option or variable that makes standard input the source; NULL: another source. */
static const char *credentials_standard_input(struct search *search) {
    bool is_standard_input =
        credentials_locate(search) && search->file != NULL && strcmp(search->file, "-") == 0;
    return is_standard_input ? search->from : NULL;
}

/* The body would go to the issuer as the secret, or the secret to the API as the body. */
static bool credentials_share_input(const struct options *options, pinetoken_error *error) {
    static const struct source *const sources[] = {&id_source, &secret_source, &password_source};
    const char *const data = options->values[OPTION_DATA];
    struct search searches[3];
    const char *first = data != NULL && strcmp(data, "@-") == 0 ? "--data" : NULL;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        searches[i] = (struct search){.source = sources[i], .options = options};
        const char *second = credentials_standard_input(&searches[i]);
        if (first != NULL && second != NULL) {
            error_set_parts(error, PINETOKEN_USAGE,
                            ERROR_PARTS(second, ": standard input is already read by ", first),
                            "name a file for one of them");
            return true;
        }
        first = second != NULL ? second : first;
    }
    return false;
}

/* ---- public ---------------------------------------------------------------------------------- */

bool credentials_find_id(struct credential *id, const struct options *options,
                         struct console *console, pinetoken_error *error) {
    struct search search = {
        .source = &id_source, .options = options, .console = console, .credential = id};
    return !credentials_share_input(options, error) && credentials_find(&search, error);
}

/* The environment is the process's, and is wiped once; so this is the process's, too. */
static bool secret_was_variable;

bool credentials_find_secret(struct credential *secret, const struct options *options,
                             struct console *console, pinetoken_error *error) {
    struct search search = {
        .source = &secret_source, .options = options, .console = console, .credential = secret};
    bool found = credentials_find(&search, error);
    secret_was_variable = search.from == secret_source.variable;
    credentials_forget_environment();
    return found;
}

bool credentials_secret_is_variable(void) {
    return secret_was_variable;
}

static void credentials_forget_variable(const char *name) {
    const size_t size = strlen(name);
    for (char **each = environ; each != NULL && *each != NULL; each++) {
        if (strncmp(*each, name, size) == 0 && (*each)[size] == '=') {
            explicit_bzero(*each + size + 1, strlen(*each + size + 1));
        }
    }
}

void credentials_forget_environment(void) {
    credentials_forget_variable(secret_source.variable);
}

void credentials_forget_password(void) {
    credentials_forget_variable(password_source.variable);
}

bool credentials_find_password(struct credential *password, const struct options *options,
                               struct console *console, pinetoken_error *error) {
    struct search search = {
        .source = &password_source, .options = options, .console = console, .credential = password};
    password->size = 0;
    return !credentials_locate(&search) || credentials_find(&search, error);
}

void credentials_explain(const struct credential *id, const struct credential *secret,
                         pinetoken_error *error) {
    const struct shape_finding of_id = shape_oddity(credentials_span(id));
    const struct shape_finding of_secret = shape_oddity(credentials_span(secret));
    if (error->status == PINETOKEN_REJECTED && of_secret.fault != NULL) {
        error_advise_parts(
            error, ERROR_PARTS("the client secret ", of_secret.fault, ": ", of_secret.advice));
    } else if (error->status == PINETOKEN_REJECTED && of_id.fault != NULL) {
        error_advise_parts(error, ERROR_PARTS("the client ID ", of_id.fault, ": ", of_id.advice));
    }
}
