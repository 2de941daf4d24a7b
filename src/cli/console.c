#include "cli/console.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>
#include <unistd.h>

/* A certificate's subject, escaped twice, and what stands around it. */
#define CONSOLE_LINE_MAX 5120

void console_init(struct console *console, const struct options *options) {
    *console = (struct console){
        .verbosity = options->counts[OPTION_VERBOSE],
        .quiet = options->counts[OPTION_QUIET] > 0,
        .json = options->log_json,
    };
}

/* One write a line, so that lines of several processes stay whole. What cannot be written is lost:
 * there is no other place to say it. */
static void write_line(struct text *line) {
    text_append(line, "\n");
    ssize_t written = write(STDERR_FILENO, line->data, line->size);
    (void)written;
}

static void append_member(struct text *line, const char *name, const char *value, size_t size) {
    text_append(line, line->size > 1 ? "," : "");
    text_append_json(line, name, strlen(name));
    text_append(line, ":");
    text_append_json(line, value, size);
}

static void format_json(struct text *line, const pinetoken_event *event) {
    const char *level = event->level == PINETOKEN_LOG_INFO ? "info" : "trace";
    const char *phase = pinetoken_phase_name(event->phase);
    text_append(line, "{");
    append_member(line, "level", level, strlen(level));
    append_member(line, "phase", phase, strlen(phase));
    append_member(line, "event", event->name, strlen(event->name));
    append_member(line, "what", event->what, strlen(event->what));
    if (event->text.size > 0) {
        append_member(line, "text", event->text.data, event->text.size);
    }
    if (event->number >= 0) {
        text_append(line, ",\"number\":");
        text_append_number(line, event->number);
    }
    text_append(line, "}");
}

static const char *mark_of(pinetoken_phase phase) {
    if (phase == PINETOKEN_PHASE_SEND) {
        return ">"; /* stands for the event's words, too: "> POST /oauth/token" */
    }
    return phase == PINETOKEN_PHASE_RECEIVE ? "< " : "* ";
}

static void format_text(struct text *line, const pinetoken_event *event) {
    text_append(line, mark_of(event->phase));
    if (event->phase != PINETOKEN_PHASE_SEND) {
        text_append(line, event->what);
    }
    if (event->number >= 0) {
        text_append(line, " ");
        text_append_number(line, event->number);
    }
    if (event->text.size > 0) {
        text_append(line, " ");
        text_append_bytes(line, event->text.data, event->text.size);
    }
}

pinetoken_log_level console_level(const struct console *console) {
    if (console->sink != NULL || console->verbosity > PINETOKEN_LOG_TRACE) {
        return PINETOKEN_LOG_TRACE;
    }
    return (pinetoken_log_level)console->verbosity;
}

void console_event(struct console *console, const pinetoken_event *event) {
    char data[CONSOLE_LINE_MAX];
    struct text line;
    if (console->sink != NULL) {
        console->sink(console->sink_user, event);
    } else if (event->level == PINETOKEN_LOG_WARN) {
        text_init(&line, console->warning, sizeof console->warning);
        text_append(&line, event->what);
        text_append(&line, event->text.size > 0 ? " " : "");
        text_append_bytes(&line, event->text.data, event->text.size);
    } else if (event->level <= console_level(console)) {
        text_init(&line, data, sizeof data);
        if (console->json) {
            format_json(&line, event);
        } else {
            format_text(&line, event);
        }
        write_line(&line);
    }
}

void console_warn(struct console *console, const char *text) {
    struct text warning;
    text_init(&warning, console->warning, sizeof console->warning);
    text_append(&warning, text);
}

static void show(const struct console *console, const char *level, const pinetoken_error *error) {
    char data[CONSOLE_LINE_MAX];
    struct text line;
    text_init(&line, data, sizeof data);
    if (console->json) {
        const char *name = pinetoken_status_name(error->status);
        text_append(&line, "{");
        append_member(&line, "level", level, strlen(level));
        append_member(&line, "status", name, strlen(name));
        text_append(&line, ",\"code\":");
        text_append_number(&line, (int64_t)error->status);
        append_member(&line, "message", error->message, strlen(error->message));
        append_member(&line, "advice", error->advice, strlen(error->advice));
        text_append(&line, "}");
    } else {
        char joined[ERROR_LINE_CAPACITY];
        struct buffer buffer;
        buffer_init(&buffer, joined, sizeof joined);
        error_line(error, &buffer);
        text_append(&line, error->status == PINETOKEN_OK ? "pinetoken: warning: " : "pinetoken: ");
        text_append_bytes(&line, joined, buffer.size);
    }
    write_line(&line);
}

void console_show_warning(const struct console *console) {
    if (console->warning[0] != '\0' && !console->quiet) {
        pinetoken_error warning;
        error_set(&warning, PINETOKEN_OK, console->warning, "");
        show(console, "warning", &warning);
    }
}

void console_error(const struct console *console, const pinetoken_error *error) {
    show(console, "error", error);
}
