#include "cli/console.h"

#include "os/io.h"
#include "json/writer.h"

#include <string.h>
#include <unistd.h>

/* A certificate's subject, escaped twice, and the text around it. */
#define CONSOLE_LINE_MAX 5120u

void console_init(struct console *console, const struct options *options) {
    *console = (struct console){
        .verbosity = options->counts[OPTION_VERBOSE],
        .quiet = options->counts[OPTION_QUIET] > 0,
        .json = options->log_json,
    };
}

/* With room for the line end. */
static void console_begin_line(struct buffer *line, char data[CONSOLE_LINE_MAX]) {
    buffer_init(line, data, CONSOLE_LINE_MAX - 1);
}

/* One write per line, so that lines of several processes do not mix. What cannot be written is
 * lost: there is no other place to report it. */
static void console_write_line(struct buffer *line) {
    line->data[line->size] = '\n';
    io_write_line(STDERR_FILENO, line->data, line->size + 1);
}

/* ---- events ---------------------------------------------------------------------------------- */

static void console_format_json(struct buffer *line, const pinetoken_event *event) {
    struct json_writer writer;
    json_writer_init(&writer, line);
    json_object_begin(&writer);
    json_member_string(&writer, SPAN("level"),
                       event->level == PINETOKEN_LOG_INFO ? SPAN("info") : SPAN("trace"));
    json_member_string(&writer, SPAN("phase"), span_text(pinetoken_phase_name(event->phase)));
    json_member_string(&writer, SPAN("event"), span_text(event->name));
    json_member_string(&writer, SPAN("what"), span_text(event->what));
    if (event->text.size > 0) {
        json_member_string(&writer, SPAN("text"), event->text);
    }
    if (event->number >= 0) {
        json_member_number(&writer, SPAN("number"), event->number);
    }
    json_object_end(&writer);
}

/* "connected to 192.0.2.7", "response 200 application/json" */
static void console_append_facts(struct buffer *line, const pinetoken_event *event) {
    if (event->number >= 0) {
        buffer_append_byte(line, ' ');
        buffer_append_signed(line, event->number);
    }
    if (event->text.size > 0) {
        buffer_append_byte(line, ' ');
        buffer_append_cut(line, event->text);
    }
}

/* In curl's way: "> POST /oauth/token" is sent, "< response 200" received. */
static void console_format_text(struct buffer *line, const pinetoken_event *event) {
    if (event->phase == PINETOKEN_PHASE_SEND) {
        buffer_append_byte(line, '>');
    } else {
        buffer_append_text(line, event->phase == PINETOKEN_PHASE_RECEIVE ? "< " : "* ");
        buffer_append_text(line, event->what);
    }
    console_append_facts(line, event);
}

static void console_hold_event(struct console *console, const pinetoken_event *event) {
    struct buffer warning;
    buffer_init(&warning, console->warning, sizeof console->warning - 1);
    buffer_append_text(&warning, event->what);
    console_append_facts(&warning, event);
    console->warning[warning.size] = '\0';
    console->advice[0] = '\0';
}

pinetoken_log_level console_level(const struct console *console) {
    if (console->sink != NULL || console->verbosity > PINETOKEN_LOG_TRACE) {
        return PINETOKEN_LOG_TRACE;
    }
    return (pinetoken_log_level)console->verbosity;
}

void console_event(struct console *console, const pinetoken_event *event) {
    char data[CONSOLE_LINE_MAX];
    struct buffer line;
    if (console->sink != NULL) {
        console->sink(console->sink_user, event);
        return;
    }
    if (event->level == PINETOKEN_LOG_WARN) {
        console_hold_event(console, event);
        return;
    }
    if (event->level > console_level(console)) {
        return;
    }
    console_begin_line(&line, data);
    if (console->json) {
        console_format_json(&line, event);
    } else {
        console_format_text(&line, event);
    }
    console_write_line(&line);
}

/* ---- warnings and errors --------------------------------------------------------------------- */

static void console_show_json(struct buffer *line, const char *level,
                              const pinetoken_error *error) {
    struct json_writer writer;
    json_writer_init(&writer, line);
    json_object_begin(&writer);
    json_member_string(&writer, SPAN("level"), span_text(level));
    json_member_string(&writer, SPAN("status"), span_text(pinetoken_status_name(error->status)));
    json_member_number(&writer, SPAN("code"), (int64_t)error->status);
    json_member_string(&writer, SPAN("message"), span_text(error->message));
    json_member_string(&writer, SPAN("advice"), span_text(error->advice));
    json_object_end(&writer);
}

static void console_show(const struct console *console, const char *level,
                         const pinetoken_error *error) {
    char data[CONSOLE_LINE_MAX];
    struct buffer line;
    console_begin_line(&line, data);
    if (console->json) {
        console_show_json(&line, level, error);
    } else {
        buffer_append_text(&line, "pinetoken: ");
        buffer_append_text(&line, error->status == PINETOKEN_OK ? "warning: " : "");
        error_line(error, &line);
    }
    console_write_line(&line);
}

void console_warn(struct console *console, const char *text) {
    struct buffer warning;
    buffer_init(&warning, console->warning, sizeof console->warning - 1);
    buffer_append_cut(&warning, span_text(text));
    console->warning[warning.size] = '\0';
    console->advice[0] = '\0';
}

void console_warn_error(struct console *console, const pinetoken_error *error) {
    console_warn(console, error->message);
    memcpy(console->advice, error->advice, sizeof console->advice);
}

void console_show_warning(const struct console *console) {
    if (console->warning[0] != '\0' && !console->quiet) {
        pinetoken_error warning;
        error_set(&warning, PINETOKEN_OK, console->warning, console->advice);
        console_show(console, "warning", &warning);
    }
}

void console_error(const struct console *console, const pinetoken_error *error) {
    console_show(console, "error", error);
}
