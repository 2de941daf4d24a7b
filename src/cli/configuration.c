#include "cli/configuration.h"

#include "base/error.h"
#include "base/limits.h"
#include "client/settings.h"
#include "os/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *configuration_value(const struct options *options, enum option option,
                                const char *fallback) {
    return options->values[option] != NULL ? options->values[option] : fallback;
}

static const char *const proxies[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
static const char *const exceptions[] = {"no_proxy", "NO_PROXY", NULL};
static const char *const system_ca_file[] = {"SSL_CERT_FILE", NULL};

/* The first of the variables that is set and not empty. NULL: none is. */
static const char *configuration_name(const char *const *names) {
    for (; *names != NULL; names++) {
        const char *value = getenv(*names);
        if (value != NULL && value[0] != '\0') {
            return *names;
        }
    }
    return NULL;
}

static const char *configuration_variable(const char *const *names) {
    const char *name = configuration_name(names);
    return name != NULL ? getenv(name) : NULL;
}

static void configuration_fill_proxy(pinetoken_config *config, const struct options *options) {
    if (options->counts[OPTION_NO_PROXY] == 0) {
        config->proxy = configuration_value(options, OPTION_PROXY, configuration_variable(proxies));
        config->no_proxy = configuration_variable(exceptions);
    }
}

void configuration_name_variables(const struct options *options,
                                  const char *names[CONFIGURATION_VARIABLES]) {
    bool has_proxy = options->counts[OPTION_NO_PROXY] == 0;
    bool has_ca_file =
        options->roots != PINETOKEN_ROOTS_BUILTIN && options->values[OPTION_CA_FILE] == NULL;
    names[0] =
        has_proxy && options->values[OPTION_PROXY] == NULL ? configuration_name(proxies) : NULL;
    names[1] = has_proxy ? configuration_name(exceptions) : NULL;
    names[2] = has_ca_file ? configuration_name(system_ca_file) : NULL;
}

/* PEM that was read early; NULL: the file is read when it is needed. */
static char *configuration_roots;

static bool configuration_is_transient(const char *path) {
    struct stat facts;
    return stat(path, &facts) == 0 && !S_ISDIR(facts.st_mode) &&
           (!S_ISREG(facts.st_mode) || strncmp(path, "/dev/", 5) == 0 ||
            strncmp(path, "/proc/", 6) == 0);
}

bool configuration_read_roots(const struct options *options, pinetoken_error *error) {
    const char *path =
        configuration_value(options, OPTION_CA_FILE, configuration_variable(system_ca_file));
    if (path == NULL || !configuration_is_transient(path)) {
        return true;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    size_t size = 0;
    /* The line end says that it is not a name. */
    configuration_roots = calloc(1, LIMIT_CA_FILE + 2);
    bool done = fd >= 0 && configuration_roots != NULL &&
                io_read(fd, configuration_roots + 1, LIMIT_CA_FILE, options->deadline, &size);
    if (done) {
        configuration_roots[0] = '\n';
    } else {
        /* calloc() sets it too. NOLINTNEXTLINE(clang-analyzer-unix.Errno) */
        error_set_parts(error, errno == ETIMEDOUT ? PINETOKEN_TIMEOUT : PINETOKEN_TLS,
                        ERROR_PARTS("roots: cannot be read: ", strerror(errno)),
                        "check --ca-file and SSL_CERT_FILE");
    }
    if (fd >= 0) {
        close(fd);
    }
    return done;
}

void configuration_fill(pinetoken_config *config, const struct options *options) {
    pinetoken_config_init(config);
    config->token_url = configuration_value(options, OPTION_TOKEN_URL, config->token_url);
    config->audience = configuration_value(options, OPTION_AUDIENCE, config->audience);
    config->api_version = configuration_value(options, OPTION_API_VERSION, config->api_version);
    config->body = options->body;
    /* Those of api belong to its call. */
    config->headers = options->command == COMMAND_API ? NULL : options->lists[OPTION_HEADER];
    config->pins = options->lists[OPTION_PIN];
    config->resolve = options->lists[OPTION_RESOLVE];
    config->family = options->family;
    config->connect_timeout_ms = options->connect_timeout_ms;
    config->clock_timeout_ms = options->wait_clock_ms;
    config->retries = options->retries;
    configuration_fill_proxy(config, options);
    config->roots = options->roots;
    config->ca_file = options->values[OPTION_CA_FILE];
    config->system_ca_file = configuration_variable(system_ca_file);
    if (configuration_roots != NULL) {
        *(config->ca_file != NULL ? &config->ca_file : &config->system_ca_file) =
            configuration_roots;
    }
}

static bool configuration_is_valid(const pinetoken_config *config, pinetoken_error *error) {
    struct settings settings;
    if (!settings_copy(&settings, config, error)) {
        return false;
    }
    settings_free(&settings);
    return true;
}

bool configuration_check(const struct options *options, pinetoken_error *error) {
    pinetoken_config config;
    configuration_fill(&config, options);
    return configuration_is_valid(&config, error);
}

/* Whether a configuration with only this value fails in the same way. */
static bool configuration_is_at_fault(const void *value, size_t member,
                                      const pinetoken_error *error) {
    pinetoken_config config;
    pinetoken_error fault;
    pinetoken_config_init(&config);
    memcpy((char *)&config + member, &value, sizeof value);
    return !configuration_is_valid(&config, &fault) && strcmp(fault.message, error->message) == 0;
}

static const void *configuration_given(const struct options *options, enum option option) {
    const void *list = options->lists[option];
    return list != NULL ? list : options->values[option];
}

/* "https_proxy: MESSAGE" */
static void configuration_prefix(const char *name, pinetoken_error *error) {
    const pinetoken_error found = *error;
    error_set_parts(error, found.status, ERROR_PARTS(name, ": ", found.message), found.advice);
}

void configuration_name_option(const struct options *options, pinetoken_error *error) {
    static const struct {
        enum option option;
        size_t member;
    } checked[] = {
        {OPTION_TOKEN_URL, offsetof(pinetoken_config, token_url)},
        {OPTION_API_URL, offsetof(pinetoken_config, token_url)},
        {OPTION_AUDIENCE, offsetof(pinetoken_config, audience)},
        {OPTION_API_VERSION, offsetof(pinetoken_config, api_version)},
        {OPTION_HEADER, offsetof(pinetoken_config, headers)},
        {OPTION_PIN, offsetof(pinetoken_config, pins)},
        {OPTION_PROXY, offsetof(pinetoken_config, proxy)},
        {OPTION_RESOLVE, offsetof(pinetoken_config, resolve)},
    };
    const char *variables[CONFIGURATION_VARIABLES];
    for (size_t i = 0; error->status == PINETOKEN_USAGE && i < sizeof checked / sizeof checked[0];
         i++) {
        enum option option = checked[i].option;
        const void *value = configuration_given(options, option);
        if (options->counts[option] > 0 &&
            configuration_is_at_fault(value, checked[i].member, error)) {
            char name[OPTION_NAME_CAPACITY];
            configuration_prefix(options_name(options, option, name), error);
            return;
        }
    }
    configuration_name_variables(options, variables);
    if (error->status == PINETOKEN_USAGE && variables[0] != NULL &&
        configuration_is_at_fault(getenv(variables[0]), offsetof(pinetoken_config, proxy), error)) {
        configuration_prefix(variables[0], error);
    }
}
