#include "cli/options.h"

#include "base/deadline.h"
#include "base/error.h"
#include "cli/option_environment.h"
#include "cli/option_values.h"
#include "cli/suggest.h"
#include "os/clock.h"

#include <stdlib.h>
#include <string.h>

/* At most this many bytes of an unknown option's name are shown. */
#define SHOWN_MAX 32u
/* --timeout and --min-ttl, if they are not given. */
#define DEFAULT_TIMEOUT_MS 30000
#define DEFAULT_MIN_TTL_MS 300000

struct parser {
    struct options *options;
    int argc;
    char **argv;
    int index;        /* of the argument at hand */
    bool has_command; /* its name has been read */
    pinetoken_error *error;
};

/* ---- errors ---------------------------------------------------------------------------------- */

/* The nearest of the options that the command takes; OPTION_COUNT: none is near. */
static enum option options_suggest(enum command command, span typed) {
    struct suggestion suggestion;
    suggest_begin(&suggestion, typed);
    for (enum option i = 0; i < OPTION_COUNT; i++) {
        if (option_is_taken(i, command) && !option_has_trait(i, TRAIT_HIDDEN)) {
            suggest_offer(&suggestion, option_rows[i].name, (int)i);
        }
    }
    return suggestion.best < 0 ? OPTION_COUNT : (enum option)suggestion.best;
}

static bool options_advise_help(const struct parser *parser) {
    return error_advise_parts(
        parser->error,
        ERROR_PARTS("see pinetoken help ", command_rows[parser->options->command].name));
}

static bool options_fail_unknown(const struct parser *parser, span name, span typed) {
    /* Each byte but the dash or two at the start as \\xNN, or "...", and a NUL. */
    char data[4 * SHOWN_MAX];
    struct buffer shown;
    enum option nearest = options_suggest(parser->options->command, typed);
    buffer_init(&shown, data, sizeof data);
    buffer_append_escaped(&shown, name, SHOWN_MAX);
    error_begin(parser->error, PINETOKEN_USAGE, buffer_terminate(&shown));
    error_add(parser->error, ": unknown option");
    if (nearest == OPTION_COUNT) {
        return options_advise_help(parser);
    }
    return error_advise_parts(parser->error,
                              ERROR_PARTS("did you mean ", option_rows[nearest].name, "?"));
}

static bool options_fail_not_taken(const struct parser *parser, enum option option) {
    const char *name = option_rows[option].name;
    enum command command = parser->options->command;
    enum option counterpart = option_counterpart(option, command);
    error_set_parts(parser->error, PINETOKEN_USAGE,
                    ERROR_PARTS(name, ": not valid with \"", command_rows[command].name, "\""), "");
    if (counterpart == OPTION_COUNT) {
        return options_advise_help(parser);
    }
    return error_advise_parts(parser->error, ERROR_PARTS("use ", option_rows[counterpart].name));
}

/* The word itself is not shown: it could be the secret in the wrong place. */
static void options_begin_word(const struct parser *parser, const char *why) {
    error_begin(parser->error, PINETOKEN_USAGE, "argument ");
    error_add_number(parser->error, parser->index);
    error_add(parser->error, why);
}

static bool options_fail_command(const struct parser *parser, const char *word) {
    struct suggestion suggestion;
    suggest_begin(&suggestion, span_text(word));
    for (int i = 0; i < COMMAND_COUNT; i++) {
        suggest_offer(&suggestion, command_rows[i].name, i);
    }
    options_begin_word(parser, ": not a command");
    if (suggestion.best < 0) {
        return error_advise(parser->error, "see pinetoken help");
    }
    return error_advise_parts(
        parser->error, ERROR_PARTS("did you mean ", command_rows[suggestion.best].name, "?"));
}

static bool options_fail_word(const struct parser *parser, const char *word) {
    enum command command = parser->options->command;
    enum option nearest = options_suggest(command, span_text(word));
    options_begin_word(parser, ": unexpected");
    if (command == COMMAND_EXEC) {
        return error_advise(parser->error, "pinetoken exec [OPTIONS] -- CMD [ARG...]");
    }
    /* A second command is not a misspelt option. */
    if (nearest == OPTION_COUNT || command_find(span_text(word)) < COMMAND_COUNT) {
        return options_advise_help(parser);
    }
    return error_advise_parts(parser->error,
                              ERROR_PARTS("did you mean ", option_rows[nearest].name, "?"));
}

/* ---- arguments ------------------------------------------------------------------------------- */

static bool options_is_word(const char *argument) {
    return argument[0] != '-' || argument[1] == '\0';
}

/* Room for all that the command line can have. */
static bool options_add_to_list(const struct parser *parser, enum option option,
                                const char *value) {
    struct options *options = parser->options;
    if (options->lists[option] == NULL) {
        options->lists[option] = calloc((size_t)parser->argc + 1, sizeof *options->lists[option]);
    }
    if (options->lists[option] == NULL) {
        return error_out_of_memory("options", parser->error);
    }
    options->lists[option][options->counts[option]] = value;
    return true;
}

static bool options_record(const struct parser *parser, enum option option, const char *value) {
    struct options *options = parser->options;
    bool is_repeatable = option_has_trait(option, TRAIT_REPEATABLE);
    if (options->counts[option] > 0 && !is_repeatable) {
        return error_set_parts(parser->error, PINETOKEN_USAGE,
                               ERROR_PARTS(option_rows[option].name, ": given twice"),
                               "give it once");
    }
    if (is_repeatable && option_takes_value(option) &&
        !options_add_to_list(parser, option, value)) {
        return false;
    }
    options->values[option] = value;
    options->counts[option]++;
    return true;
}

/* Whether the command takes it. */
static bool options_check_taken(const struct parser *parser, enum option option) {
    if (option == OPTION_CLIENT_SECRET) {
        return error_set(
            parser->error, PINETOKEN_USAGE,
            "--client-secret: refused, every user of this system could read it in the list of "
            "processes",
            "use --client-secret-file FILE, \"-\" for standard input, or PINECONE_CLIENT_SECRET");
    }
    return option_is_taken(option, parser->options->command) ||
           options_fail_not_taken(parser, option);
}

/* "--name VALUE" or "--name=VALUE"; the index is moved over what was read. */
static bool options_read_long(struct parser *parser) {
    const char *argument = parser->argv[parser->index];
    span whole = span_text(argument);
    span name = span_cut(whole, 0, span_find(whole, '='));
    enum option option = option_find(name);
    if (option == OPTION_COUNT) {
        return options_fail_unknown(parser, name, name);
    }
    if (!options_check_taken(parser, option)) {
        return false;
    }
    const struct option_row *row = &option_rows[option];
    const char *value = name.size < whole.size ? argument + name.size + 1 : NULL;
    if (!option_takes_value(option) && value != NULL) {
        return error_set_parts(parser->error, PINETOKEN_USAGE,
                               ERROR_PARTS(row->name, ": takes no value"), "");
    }
    if (option_takes_value(option) && value == NULL) {
        /* NULL at the end of argv. */
        value = parser->argv[++parser->index];
        if (value == NULL) {
            error_set_parts(parser->error, PINETOKEN_USAGE,
                            ERROR_PARTS(row->name, ": value is missing"), "");
            return error_advise_parts(parser->error, ERROR_PARTS(row->name, " ", row->argument));
        }
    }
    return options_record(parser, option, value != NULL ? value : "");
}

/* "-v", "-vv", "-q", in any mixture. */
static bool options_read_short(const struct parser *parser) {
    const char *argument = parser->argv[parser->index];
    for (const char *letter = argument + 1; *letter != '\0'; letter++) {
        enum option option = option_find_letter(*letter);
        if (option == OPTION_COUNT) {
            const char name[] = {'-', *letter};
            return options_fail_unknown(parser, (span){name, sizeof name}, span_text(argument));
        }
        if (!options_check_taken(parser, option) || !options_record(parser, option, "")) {
            return false;
        }
    }
    return true;
}

static bool options_read_word(struct parser *parser) {
    struct options *options = parser->options;
    const char *word = parser->argv[parser->index];
    enum command command = command_find(span_text(word));
    if (!parser->has_command) {
        parser->has_command = true;
        return command < COMMAND_COUNT || options_fail_command(parser, word);
    }
    if (options->command == COMMAND_API && options->path == NULL) {
        *(options->method == NULL ? &options->method : &options->path) = word;
        return true;
    }
    if (options->command == COMMAND_HELP && options->topic == COMMAND_COUNT) {
        options->topic = command;
        return command < COMMAND_COUNT || options_fail_command(parser, word);
    }
    return options_fail_word(parser, word);
}

/* The first word that is not an option or the value of one names the command. It is looked for
 * first, because options may precede it. */
static enum command options_find_command(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (options_is_word(argv[i])) {
            enum command command = command_find(span_text(argv[i]));
            return command < COMMAND_COUNT ? command : COMMAND_TOKEN;
        }
        enum option option = option_find(span_text(argv[i]));
        i += option < OPTION_COUNT && option_takes_value(option) ? 1 : 0;
    }
    return COMMAND_TOKEN;
}

static bool options_read_arguments(struct parser *parser) {
    struct options *options = parser->options;
    for (parser->index = 1; parser->index < parser->argc; parser->index++) {
        const char *argument = parser->argv[parser->index];
        if (parser->has_command && strcmp(argument, "--") == 0 &&
            (options->command == COMMAND_EXEC || options->command == COMMAND_AGENT)) {
            options->arguments = parser->argv + parser->index + 1;
            return true;
        }
        bool is_read = options_is_word(argument) ? options_read_word(parser)
                       : argument[1] == '-'      ? options_read_long(parser)
                                                 : options_read_short(parser);
        if (!is_read) {
            return false;
        }
    }
    return true;
}

static void options_choose_topic(struct options *options, bool has_command) {
    bool is_help = options->command == COMMAND_HELP;
    if (options->counts[OPTION_HELP] > 0 && has_command && options->topic == COMMAND_COUNT) {
        options->topic = is_help ? COMMAND_HELP : options->command;
    }
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void options_init(struct options *options) {
    pinetoken_config config;
    pinetoken_config_init(&config);
    *options = (struct options){.topic = COMMAND_COUNT,
                                .timeout_ms = DEFAULT_TIMEOUT_MS,
                                .connect_timeout_ms = config.connect_timeout_ms,
                                .retries = config.retries,
                                .min_ttl_ms = DEFAULT_MIN_TTL_MS,
                                .owner = -1,
                                .group = -1};
}

bool options_ask_help(const struct options *options) {
    return options->counts[OPTION_HELP] > 0 || options->counts[OPTION_VERSION] > 0 ||
           options->command == COMMAND_HELP;
}

bool options_parse(struct options *options, int argc, char **argv, char **environment,
                   pinetoken_error *error) {
    struct parser parser = {.options = options, .argc = argc, .argv = argv, .error = error};
    pinetoken_error ignored;
    options_init(options);
    options->command = options_find_command(argc, argv);
    bool is_read = options_read_arguments(&parser);
    options_choose_topic(options, parser.has_command);
    /* Help is printed whatever the environment says. */
    bool asks_help = options_ask_help(options);
    bool has_environment =
        option_environment_read(options, environment, is_read ? error : &ignored) || asks_help;
    is_read = is_read && has_environment;
    /* Also if something else is wrong: the error is printed in this format. */
    bool has_log_format = option_values_read_log_format(options, is_read ? error : &ignored);
    return is_read && (has_log_format || asks_help) &&
           (asks_help || option_values_read(options, error));
}

void options_start_timeout(struct options *options) {
    options->deadline = deadline_after(clock_monotonic_ms(), options->timeout_ms);
}

void options_free(struct options *options) {
    for (int i = 0; i < OPTION_COUNT; i++) {
        free(options->lists[i]);
        options->lists[i] = NULL;
    }
}

enum option_origin options_origin(const struct options *options, enum option option) {
    if (options->counts[option] == 0) {
        return ORIGIN_DEFAULT;
    }
    return options->variables[option] != NULL ? ORIGIN_ENVIRONMENT : ORIGIN_COMMAND_LINE;
}

const char *options_name(const struct options *options, enum option option,
                         char out[OPTION_NAME_CAPACITY]) {
    struct buffer name;
    buffer_init(&name, out, OPTION_NAME_CAPACITY);
    if (options_origin(options, option) == ORIGIN_ENVIRONMENT) {
        option_append_variable(option, &name);
    } else {
        buffer_append_text(&name, option_rows[option].name);
    }
    return buffer_terminate(&name);
}
