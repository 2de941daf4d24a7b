#include "cli/commands.h"
#include "cli/output.h"

/* The longest is agent's, of 4.3 KB. */
#define HELP_CAPACITY 6144u
/* Where the text on an option begins. */
#define OPTION_COLUMN 28u
#define COMMAND_COLUMN 10u
#define INDENT 2u

/* Pads to the end of a column of the line that begins at byte `start`. */
static void help_pad(struct buffer *out, size_t start, size_t column) {
    buffer_pad(out, start + column);
}

/* On the same line if there is room, each further line below. */
static void help_append_text(struct buffer *out, size_t start, span text) {
    if (out->size - start >= OPTION_COLUMN) {
        buffer_append_byte(out, '\n');
        start = out->size;
    }
    for (span rest = text; rest.size > 0;) {
        size_t end = span_find(rest, '\n');
        help_pad(out, start, OPTION_COLUMN);
        buffer_append(out, span_cut(rest, 0, end));
        buffer_append_byte(out, '\n');
        start = out->size;
        rest = span_cut(rest, end < rest.size ? end + 1 : end, rest.size);
    }
}

static void help_append_option(struct buffer *out, enum option option, span help) {
    const struct option_row *row = &option_rows[option];
    size_t start = out->size;
    help_pad(out, start, INDENT);
    if (option_letter(option) != '\0' && row->name[1] == '-') {
        const char letter[] = {'-', option_letter(option), ',', ' '};
        buffer_append(out, (span){letter, sizeof letter});
    }
    buffer_append_text(out, row->name);
    if (option_takes_value(option)) {
        buffer_append_byte(out, ' ');
        buffer_append_text(out, row->argument);
    }
    help_append_text(out, start, help);
}

static void help_append_group(struct buffer *out, enum command command, enum option_group group) {
    bool is_first = true;
    for (enum option i = 0; i < OPTION_COUNT; i++) {
        if (option_rows[i].group != group || !option_is_taken(i, command) ||
            option_has_trait(i, TRAIT_HIDDEN)) {
            continue;
        }
        if (is_first) {
            buffer_append_byte(out, '\n');
            buffer_append_text(out, option_groups[group]);
            buffer_append(out, SPAN(":\n"));
        }
        is_first = false;
        help_append_option(out, i, span_text(option_rows[i].help));
    }
}

static void help_append_synopsis(struct buffer *out, const struct command_row *row) {
    buffer_append(out, SPAN("Usage: pinetoken "));
    buffer_append_text(out, row->name);
    buffer_append_byte(out, ' ');
    buffer_append_text(out, row->arguments);
    buffer_append(out, SPAN("\n\n"));
}

/* "print a token" as a sentence: without the mark of the default. */
static void help_append_summary(struct buffer *out, const char *summary) {
    span text = span_text(summary);
    const char first = (char)(summary[0] - 'a' + 'A');
    size_t end = span_find(text, '[');
    buffer_append_byte(out, first);
    buffer_append(out, span_trim(span_cut(text, 1, end)));
    buffer_append(out, SPAN(".\n"));
}

static void help_append_statuses(struct buffer *out) {
    const int last = PINETOKEN_UNAVAILABLE;
    buffer_append(out, SPAN("\nExit status:\n  "));
    for (int i = 0; i <= last; i++) {
        buffer_append_number(out, (uint64_t)i);
        buffer_append_byte(out, ' ');
        buffer_append_text(out, pinetoken_status_name((pinetoken_status)i));
        buffer_append_text(out, i == last ? "\n" : i == last / 2 ? ",\n  " : ", ");
    }
}

static void help_append_command(struct buffer *out, enum command command) {
    const struct command_row *row = &command_rows[command];
    help_append_synopsis(out, row);
    help_append_summary(out, row->summary);
    buffer_append_text(out, row->details);
    for (enum option_group group = 0; group < GROUP_COUNT; group++) {
        help_append_group(out, command, group);
    }
    help_append_statuses(out);
    buffer_append(out, SPAN("\nExamples:\n"));
    for (size_t i = 0; i < sizeof row->examples / sizeof row->examples[0]; i++) {
        help_pad(out, out->size, INDENT);
        buffer_append_text(out, row->examples[i]);
        buffer_append_byte(out, '\n');
    }
}

/* A screen of 80 by 24. */
static void help_append_overview(struct buffer *out) {
    static const enum option shown[] = {OPTION_CLIENT_ID, OPTION_CLIENT_SECRET_FILE,
                                        OPTION_TIMEOUT,   OPTION_VERBOSE,
                                        OPTION_HELP,      OPTION_VERSION};
    buffer_append(out, SPAN("pinetoken: access tokens for a Pinecone service account\n\n"
                            "Usage: pinetoken [COMMAND] [OPTIONS]\n\n"
                            "Commands:\n"));
    for (enum command i = 0; i < COMMAND_COUNT; i++) {
        size_t start = out->size;
        help_pad(out, start, INDENT);
        buffer_append_text(out, command_rows[i].name);
        help_pad(out, start, COMMAND_COLUMN);
        buffer_append_text(out, command_rows[i].summary);
        buffer_append_byte(out, '\n');
    }
    buffer_append(out, SPAN("\nOptions:\n"));
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        span help = span_text(option_rows[shown[i]].help);
        help_append_option(out, shown[i], span_cut(help, 0, span_find(help, '\n')));
    }
    buffer_append(
        out,
        SPAN("\nAll options, with defaults and examples: pinetoken help COMMAND\n"
             "Options can be set in the environment, too: PINETOKEN_TOKEN_URL for --token-url\n"));
}

bool cmd_help(struct invocation *invocation, pinetoken_error *error) {
    char data[HELP_CAPACITY];
    struct buffer out;
    enum command topic = invocation->options->topic;
    buffer_init(&out, data, sizeof data);
    if (topic == COMMAND_COUNT) {
        help_append_overview(&out);
    } else {
        help_append_command(&out, topic);
    }
    return output_text(out.data, out.size, error);
}

bool cmd_version(struct invocation *invocation, pinetoken_error *error) {
    char data[256];
    struct buffer out;
    pinetoken_build build;
    (void)invocation;
    pinetoken_build_info(&build);
    buffer_init(&out, data, sizeof data);
    buffer_append(&out, SPAN("pinetoken "));
    buffer_append_text(&out, build.version);
    buffer_append(&out, SPAN("\nMbed TLS "));
    buffer_append_text(&out, build.mbedtls_version);
    buffer_append(&out, SPAN(", curves of "));
    buffer_append_text(&out, build.curves_source);
    buffer_append(&out, SPAN(", TLS "));
    buffer_append_text(&out, build.tls_versions);
    buffer_append(&out, SPAN("\nroots: "));
    buffer_append_number(&out, build.roots_count);
    buffer_append(&out, SPAN(" of Mozilla's, "));
    buffer_append_text(&out, build.roots_date);
    buffer_append(&out, SPAN("\nsource of "));
    buffer_append_text(&out, build.date);
    buffer_append_byte(&out, '\n');
    return output_text(out.data, out.size, error);
}
