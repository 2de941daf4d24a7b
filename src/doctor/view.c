#include "doctor/view.h"

#include "base/buffer.h"
#include "doctor/summary.h"
#include "os/io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What a screen is at least. */
#define VIEW_WIDTH 80u
/* A narrower terminal breaks lines by itself. */
#define VIEW_WIDTH_MIN 40u
/* Where the parts of a line begin. */
#define VIEW_NAME 5u
#define VIEW_TIME 17u
#define VIEW_FACTS 28u
#define VIEW_DETAILS 5u
#define VIEW_BAR 40u
/* A fact's texts, every line of them indented; an error's message and advice are shorter. */
#define VIEW_PART_MAX 2048u

#define RESET "\033[0m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define RED "\033[31m"
#define REWRITE "\r\033[K"

static size_t view_terminal_width(int out) {
    struct winsize size = {0};
    if (ioctl(out, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_col > VIEW_WIDTH) {
        return VIEW_WIDTH;
    }
    return size.ws_col < VIEW_WIDTH_MIN ? VIEW_WIDTH_MIN : size.ws_col;
}

void view_init(struct view *view, const struct report *report, int out, bool is_detailed) {
    const char *terminal = getenv("TERM");
    const char *no_color = getenv("NO_COLOR");
    bool is_terminal = isatty(out) && terminal != NULL && strcmp(terminal, "dumb") != 0;
    *view = (struct view){
        .report = report,
        .out = out,
        .width = is_terminal ? view_terminal_width(out) : 0,
        .is_coloured = is_terminal && (no_color == NULL || no_color[0] == '\0'),
        .is_detailed = is_detailed,
    };
}

static void view_write(struct view *view, const struct buffer *text) {
    if (view->failed == 0 && !io_write(view->out, text->data, text->size)) {
        view->failed = errno;
    }
}

/* ---- parts of a line ------------------------------------------------------------------------- */

static void view_append_coloured(const struct view *view, struct buffer *out, const char *colour,
                                 const char *text) {
    buffer_append_text(out, view->is_coloured ? colour : "");
    buffer_append_text(out, text);
    buffer_append_text(out, view->is_coloured ? RESET : "");
}

/* In `width` columns, at the right. */
static void view_append_ms(struct buffer *out, int64_t ms, size_t width) {
    char data[24];
    struct buffer number;
    buffer_init(&number, data, sizeof data);
    buffer_append_signed(&number, ms);
    if (number.size < width) {
        buffer_pad(out, out->size + width - number.size);
    }
    buffer_append(out, buffer_span(&number));
    buffer_append_text(out, " ms");
}

static void view_append_line_start(struct buffer *out, size_t indent) {
    buffer_append_byte(out, '\n');
    buffer_pad(out, out->size + indent);
}

/* Text from column `indent` on, on a terminal broken at blanks, or within a word that is longer
 * than a line. */
static void view_append_wrapped(const struct view *view, struct buffer *out, size_t indent,
                                span text) {
    size_t room = view->width > 0 ? view->width - indent - 1 : text.size;
    while (text.size > room) {
        size_t size = room;
        while (size > 0 && text.data[size] != ' ') {
            size--;
        }
        size_t taken = size > 0 ? size : room;
        buffer_append(out, span_cut(text, 0, taken));
        view_append_line_start(out, indent);
        text = span_cut(text, size > 0 ? size + 1 : room, text.size);
    }
    buffer_append(out, text);
    buffer_append_byte(out, '\n');
}

/* ---- a step ---------------------------------------------------------------------------------- */

static bool view_is_last(const struct view *view, size_t index) {
    return index + 1 == report_visits(view->report);
}

static bool view_is_failed(const struct view *view, size_t index) {
    return view->report->failure != NULL && view_is_last(view, index);
}

static void view_append_mark(const struct view *view, struct buffer *out, size_t index) {
    if (view_is_last(view, index) && !view->report->has_ended) {
        buffer_append_text(out, "... ");
    } else if (view_is_failed(view, index)) {
        view_append_coloured(view, out, RED, "FAIL");
    } else if (report_has_warning(view->report, index)) {
        view_append_coloured(view, out, YELLOW, "warn");
    } else {
        view_append_coloured(view, out, GREEN, "ok  ");
    }
    buffer_append_byte(out, ' ');
}

/* Cut at the end of the terminal's line. */
static void view_append_step(const struct view *view, struct buffer *out, size_t index) {
    char data[512];
    struct buffer line;
    struct visit visit = report_visit(view->report, index);
    buffer_init(&line, data, sizeof data);
    buffer_append_text(&line, report_step_name(visit.step));
    buffer_pad(&line, VIEW_TIME - VIEW_NAME);
    view_append_ms(&line, visit.end_ms - visit.start_ms, 6);
    size_t without_facts = line.size;
    buffer_pad(&line, VIEW_FACTS - VIEW_NAME);
    size_t before_facts = line.size;
    summary_append(&line, view->report, index);
    span shown =
        span_cut(buffer_span(&line), 0, line.size > before_facts ? line.size : without_facts);
    size_t room = view->width > 0 ? view->width - 1 - VIEW_NAME : shown.size;
    view_append_mark(view, out, index);
    buffer_append(out, span_cut(shown, 0, shown.size < room ? shown.size : room));
}

/* "12 ms  connected to 192.0.2.7" */
static void view_append_fact(const struct view *view, struct buffer *out, const struct fact *fact) {
    char data[512];
    struct buffer phrase;
    buffer_init(&phrase, data, sizeof data);
    buffer_append_text(&phrase, fact->what);
    if (fact->number >= 0) {
        buffer_append_byte(&phrase, ' ');
        buffer_append_signed(&phrase, fact->number);
    }
    if (fact->text[0] != '\0') {
        buffer_append_byte(&phrase, ' ');
        buffer_append_text(&phrase, fact->text);
    }
    size_t start = out->size;
    buffer_pad(out, start + VIEW_DETAILS);
    view_append_ms(out, fact->at_ms, 6);
    buffer_append_text(out, "  ");
    view_append_wrapped(view, out, out->size - start, buffer_span(&phrase));
}

/* What is wrong, and what to do about it. */
static void view_append_advice(const struct view *view, struct buffer *out, const char *message,
                               const char *advice) {
    buffer_pad(out, out->size + VIEW_DETAILS);
    view_append_wrapped(view, out, VIEW_DETAILS, span_text(message));
    if (advice[0] != '\0') {
        char data[PINETOKEN_ADVICE_CAPACITY + 16];
        struct buffer text;
        buffer_init(&text, data, sizeof data);
        buffer_append_text(&text, "what to do: ");
        buffer_append_text(&text, advice);
        buffer_pad(out, out->size + VIEW_DETAILS);
        view_append_wrapped(view, out, VIEW_DETAILS, buffer_span(&text));
    }
}

static void view_show_facts(struct view *view, size_t index) {
    struct fact fact;
    bool is_detailed = view->is_detailed || view_is_failed(view, index);
    for (size_t i = 0; i < report_facts(view->report); i++) {
        char data[VIEW_PART_MAX];
        struct buffer out;
        buffer_init(&out, data, sizeof data);
        report_read(view->report, i, &fact);
        if (fact.visit == index && fact.is_warning != 0) {
            view_append_advice(view, &out, fact.text, fact.advice);
        } else if (fact.visit == index && is_detailed) {
            view_append_fact(view, &out, &fact);
        }
        view_write(view, &out);
    }
}

static void view_show_step(struct view *view, size_t index) {
    char data[VIEW_PART_MAX];
    struct buffer out;
    buffer_init(&out, data, sizeof data);
    buffer_append_text(&out, view->width > 0 ? REWRITE : "");
    view_append_step(view, &out, index);
    buffer_append_byte(&out, '\n');
    if (view_is_failed(view, index)) {
        view_append_advice(view, &out, view->report->failure->message,
                           view->report->failure->advice);
    }
    view_write(view, &out);
    view_show_facts(view, index);
}

static void view_show_current(struct view *view, size_t index) {
    char data[256];
    struct buffer out;
    buffer_init(&out, data, sizeof data);
    buffer_append_text(&out, REWRITE);
    view_append_step(view, &out, index);
    view_write(view, &out);
}

/* ---- where the time went --------------------------------------------------------------------- */

static void view_append_marks(struct buffer *out, size_t count, char mark) {
    for (size_t i = 0; i < count; i++) {
        buffer_append_byte(out, mark);
    }
}

static void view_append_bar(struct buffer *out, const struct visit *visit, int64_t total) {
    size_t from = (size_t)(visit->start_ms * (int64_t)(VIEW_BAR - 1) / total);
    size_t to = (size_t)(visit->end_ms * (int64_t)(VIEW_BAR - 1) / total);
    view_append_marks(out, from, ' ');
    view_append_marks(out, to - from + 1, '#');
    view_append_marks(out, VIEW_BAR - 1 - to, ' ');
}

/* Steps of no millisecond are left out, so that a report fits a screen. */
static void view_show_time(struct view *view) {
    size_t count = report_visits(view->report);
    struct visit last = report_visit(view->report, count - 1);
    for (size_t i = 0; i < count; i++) {
        char data[128];
        struct buffer out;
        struct visit visit = report_visit(view->report, i);
        buffer_init(&out, data, sizeof data);
        if (visit.end_ms > visit.start_ms && visit.end_ms <= last.end_ms) {
            buffer_pad(&out, VIEW_NAME);
            buffer_append_text(&out, report_step_name(visit.step));
            buffer_pad(&out, VIEW_TIME);
            view_append_bar(&out, &visit, last.end_ms);
            view_append_ms(&out, visit.end_ms - visit.start_ms, 7);
            buffer_append_byte(&out, '\n');
        }
        view_write(view, &out);
    }
}

static void view_show_total(struct view *view) {
    char data[64];
    struct buffer out;
    struct visit last = report_visit(view->report, report_visits(view->report) - 1);
    buffer_init(&out, data, sizeof data);
    buffer_append_text(&out, "\nwhere the time went, ");
    view_append_ms(&out, last.end_ms, 0);
    buffer_append_byte(&out, '\n');
    view_write(view, &out);
}

void view_update(struct view *view) {
    size_t count = report_visits(view->report);
    bool has_ended = view->report->has_ended;
    while (view->shown < count && (has_ended || view->shown + 1 < count)) {
        view_show_step(view, view->shown);
        view->shown++;
    }
    if (has_ended) {
        view_show_total(view);
        view_show_time(view);
    } else if (count > 0 && view->width > 0) {
        view_show_current(view, count - 1);
    }
}
