#include "cli/option_environment.h"

#include "base/error.h"
#include "cli/suggest.h"

#include <stdlib.h>
#include <string.h>

/* At most this many bytes of an unknown name are shown. */
#define SHOWN_MAX 32u
#define PREFIX_SIZE (sizeof OPTION_VARIABLE_PREFIX - 1)

/* One of our variables, NAME=VALUE. */
struct variable {
    const char *entry;
    span name; /* without the prefix */
    const char *value;
};

static bool environment_split(const char *entry, struct variable *variable) {
    span whole = span_text(entry);
    size_t equals = span_find(whole, '=');
    if (equals == whole.size || strncmp(entry, OPTION_VARIABLE_PREFIX, PREFIX_SIZE) != 0) {
        return false;
    }
    *variable = (struct variable){
        .entry = entry, .name = span_cut(whole, PREFIX_SIZE, equals), .value = entry + equals + 1};
    return true;
}

static bool environment_is_ours(enum option option) {
    return !option_has_trait(option, TRAIT_COMMAND_LINE);
}

static enum option environment_find(span name) {
    enum option option = option_find_variable(name);
    return option < OPTION_COUNT && environment_is_ours(option) ? option : OPTION_COUNT;
}

/* PINETOKEN_SANDBOX is read by the sandbox, the password by the credentials. The rest is what
 * Kubernetes gives each container of a namespace that has a service named pinetoken. */
static bool environment_is_known(span name) {
    static const char *const starts[] = {"SANDBOX", "CACHE_PASSWORD", "SERVICE_HOST",
                                         "SERVICE_PORT", "PORT"};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        span start = span_text(starts[i]);
        if (span_starts(name, start)) {
            return name.size == start.size || (i > 1 && name.data[start.size] == '_');
        }
    }
    return false;
}

static bool environment_fail(enum option option, const char *why, pinetoken_error *error) {
    char data[OPTION_NAME_CAPACITY];
    struct buffer name;
    buffer_init(&name, data, sizeof data);
    option_append_variable(option, &name);
    return error_set_parts(error, PINETOKEN_USAGE, ERROR_PARTS(buffer_terminate(&name), why), "");
}

/* "1", and for -vv "2"; "0" is the same as no variable. */
static bool environment_count(enum option option, const char *value, unsigned *count) {
    unsigned max = option == OPTION_VERBOSE ? 2 : 1;
    *count = (unsigned)(unsigned char)value[0] - '0';
    return value[1] == '\0' && *count <= max;
}

static size_t environment_lines(const char *text) {
    size_t lines = 1;
    for (; *text != '\0'; text++) {
        lines += *text == '\n' ? 1 : 0;
    }
    return lines;
}

/* The lines of `text` as a list; pointers and a copy of the text in one piece of memory. NULL: out
 * of memory. */
static const char **environment_list(const char *text, unsigned *count) {
    size_t pointers = environment_lines(text) + 1;
    size_t size = strlen(text) + 1;
    const char **list = calloc(1, pointers * sizeof *list + size);
    if (list == NULL) {
        return NULL;
    }
    char *line = memcpy(list + pointers, text, size);
    *count = 0;
    while (line != NULL) {
        char *end = strchr(line, '\n');
        if (end != NULL) {
            char *blank = end > line && end[-1] == '\r' ? end - 1 : end;
            *blank = '\0';
            end++;
        }
        /* An empty one: the line end after the last. */
        if (line[0] != '\0') {
            list[(*count)++] = line;
        }
        line = end;
    }
    return list;
}

static bool environment_take(struct options *options, enum option option,
                             const struct variable *variable, pinetoken_error *error) {
    unsigned count = 1;
    if (!option_takes_value(option)) {
        if (!environment_count(option, variable->value, &count)) {
            return environment_fail(option, ": not 1", error);
        }
    } else if (option_has_trait(option, TRAIT_REPEATABLE)) {
        options->lists[option] = environment_list(variable->value, &count);
        if (options->lists[option] == NULL) {
            return error_out_of_memory("options", error);
        }
    }
    options->values[option] = count > 0 ? variable->value : NULL;
    options->variables[option] = count > 0 ? variable->entry : NULL;
    options->counts[option] = count;
    return true;
}

/* The command line wins, also by an option that means the opposite; and of two variables of one
 * name the first, as getenv(3) reads it. */
static bool environment_is_wanted(const struct options *options, enum option option) {
    enum option rival = option_rival(option);
    /* The command after "--" is the same as --run. */
    bool is_given =
        options->counts[option] > 0 || (option == OPTION_RUN && options->arguments != NULL);
    return option_is_taken(option, options->command) && !is_given &&
           (rival == OPTION_COUNT || options_origin(options, rival) != ORIGIN_COMMAND_LINE);
}

bool option_environment_read(struct options *options, char **environment, pinetoken_error *error) {
    for (; *environment != NULL; environment++) {
        struct variable variable;
        if (!environment_split(*environment, &variable)) {
            continue;
        }
        enum option option = environment_find(variable.name);
        if (option == OPTION_COUNT) {
            if (options->unknown_variable == NULL && !environment_is_known(variable.name)) {
                options->unknown_variable = *environment;
            }
        } else if (variable.value[0] != '\0' && environment_is_wanted(options, option) &&
                   !environment_take(options, option, &variable, error)) {
            return false;
        }
    }
    return true;
}

/* The nearest option; OPTION_COUNT: none is near. */
static enum option environment_suggest(span name) {
    struct suggestion suggestion;
    suggest_begin(&suggestion, name);
    for (enum option i = 0; i < OPTION_COUNT; i++) {
        if (environment_is_ours(i) || i == OPTION_CLIENT_SECRET) {
            suggest_offer(&suggestion, option_rows[i].name, (int)i);
        }
    }
    return suggestion.best < 0 ? OPTION_COUNT : (enum option)suggestion.best;
}

static void environment_advise(span name, struct buffer *out) {
    enum option nearest = environment_suggest(name);
    if (nearest == OPTION_COUNT) {
        return;
    }
    buffer_append(out, SPAN(" (did you mean "));
    if (nearest == OPTION_CLIENT_SECRET) {
        buffer_append(out, SPAN("PINECONE_CLIENT_SECRET"));
    } else {
        option_append_variable(nearest, out);
    }
    buffer_append(out, SPAN("?)"));
}

void options_describe_unknown(const struct options *options, char out[OPTIONS_WARNING_CAPACITY]) {
    struct variable variable;
    struct buffer text;
    buffer_init(&text, out, OPTIONS_WARNING_CAPACITY);
    if (options->unknown_variable != NULL &&
        environment_split(options->unknown_variable, &variable)) {
        buffer_append(&text, SPAN(OPTION_VARIABLE_PREFIX));
        buffer_append_escaped(&text, variable.name, SHOWN_MAX);
        buffer_append(&text, SPAN(": unknown variable"));
        environment_advise(variable.name, &text);
    }
    buffer_terminate(&text);
}
