#include "doctor/report.h"

#include "base/text.h"
#include "os/clock.h"
#include "os/io.h"

#include <string.h>
#include <sys/mman.h>

#define FINDINGS_MAX 128u
#define REPORT_MAX 65536u
/* Of the picture of where the time went. */
#define BAR_WIDTH 40

static const char step_names[DOCTOR_STEPS][12] = {
    "clock", "entropy", "credentials", "store", "lockdown", "resolver",
    "tcp",   "proxy",   "tls",         "http",  "oauth",
};

struct finding {
    uint8_t step;
    int64_t at_ms; /* since the beginning */
    int64_t number;
    char what[48];
    char text[320];
};

/* Shared with a worker that what it reads may take over: nothing in it is believed to be in order.
 */
struct record {
    bool is_broken; /* `out` took no more */
    int current;    /* enum doctor_step; -1: none yet */
    struct {
        int64_t start_ms; /* since the beginning; -1: not reached */
        int64_t end_ms;
    } steps[DOCTOR_STEPS];
    size_t count;
    struct finding findings[FINDINGS_MAX];
};

struct doctor {
    enum doctor_look look;
    int out;
    int64_t beginning;
    struct record *record;
};

struct doctor *doctor_new(enum doctor_look look, int out) {
    static struct doctor doctor; /* of which there is one */
    struct record *record =
        mmap(NULL, sizeof *record, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (record == MAP_FAILED) {
        return NULL;
    }
    record->current = -1;
    for (int i = 0; i < DOCTOR_STEPS; i++) {
        record->steps[i].start_ms = -1;
    }
    doctor = (struct doctor){look, out, clock_ms(CLOCK_MONOTONIC), record};
    return &doctor;
}

/* The step that goes on; the first where that is none. */
static int current(const struct doctor *doctor) {
    int step = doctor->record->current;
    return step >= 0 && step < DOCTOR_STEPS ? step : DOCTOR_CLOCK;
}

/* Milliseconds. */
static int64_t took(const struct doctor *doctor, int step) {
    int64_t start = doctor->record->steps[step].start_ms;
    int64_t end = doctor->record->steps[step].end_ms;
    return start >= 0 && end > start ? end - start : 0;
}

static int64_t since(const struct doctor *doctor) {
    return clock_ms(CLOCK_MONOTONIC) - doctor->beginning;
}

/* ---- as text --------------------------------------------------------------------------------- */

static void append_coloured(const struct doctor *doctor, struct text *out, const char *colour,
                            const char *text) {
    bool is_coloured = doctor->look == DOCTOR_COLOURED;
    text_append(out, is_coloured ? colour : "");
    text_append(out, text);
    text_append(out, is_coloured ? "\033[0m" : "");
}

#define BOLD "\033[1m"
#define GREEN "\033[32m"
#define RED "\033[31m"

static void show(struct doctor *doctor, const struct text *text) {
    if (doctor->look != DOCTOR_JSON && !io_write(doctor->out, text->data, text->size)) {
        doctor->record->is_broken = true;
    }
}

static void show_start(struct doctor *doctor, int step) {
    char data[64];
    struct text line;
    text_init(&line, data, sizeof data);
    append_coloured(doctor, &line, BOLD, step_names[step]);
    text_append(&line, "\n");
    show(doctor, &line);
}

static void append_finding(struct text *out, const struct finding *finding) {
    text_append_printable(out, finding->what, strnlen(finding->what, sizeof finding->what));
    if (finding->number >= 0) {
        text_append(out, " ");
        text_append_number(out, finding->number);
    }
    text_append(out, finding->text[0] != '\0' ? " " : "");
    text_append_printable(out, finding->text, strnlen(finding->text, sizeof finding->text));
}

static void show_finding(struct doctor *doctor, const struct finding *finding) {
    char data[512];
    struct text line;
    text_init(&line, data, sizeof data);
    text_append(&line, finding->at_ms < 10 ? "      " : finding->at_ms < 100 ? "     " : "    ");
    text_append_number(&line, finding->at_ms);
    text_append(&line, " ms  ");
    append_finding(&line, finding);
    text_append(&line, "\n");
    show(doctor, &line);
}

static void append_ms(struct text *out, const char *before, int64_t ms) {
    text_append(out, before);
    text_append_number(out, ms);
    text_append(out, " ms\n");
}

static void show_good_end(struct doctor *doctor) {
    char data[64];
    struct text line;
    text_init(&line, data, sizeof data);
    text_append(&line, "  ");
    append_coloured(doctor, &line, GREEN, "ok");
    append_ms(&line, ", ", took(doctor, current(doctor)));
    show(doctor, &line);
}

static void show_failure(struct doctor *doctor, const pinetoken_error *error) {
    char data[1024];
    struct text line;
    text_init(&line, data, sizeof data);
    text_append(&line, "  ");
    append_coloured(doctor, &line, RED, "failed");
    text_append(&line, ": ");
    text_append(&line, error->message);
    if (error->advice[0] != '\0') {
        text_append(&line, "\n  what to do: ");
        text_append(&line, error->advice);
    }
    text_append(&line, "\n");
    show(doctor, &line);
}

static void append_times(struct text *out, size_t count, char mark) {
    for (size_t i = 0; i < count; i++) {
        text_append_bytes(out, &mark, 1);
    }
}

static void append_bar(struct text *out, int64_t start, int64_t end, int64_t whole) {
    size_t from = (size_t)(start * (BAR_WIDTH - 1) / whole);
    size_t to = (size_t)(end * (BAR_WIDTH - 1) / whole);
    append_times(out, from, ' ');
    append_times(out, to - from + 1, '#');
    append_times(out, BAR_WIDTH - 1 - to, ' ');
}

static void show_waterfall(struct doctor *doctor) {
    char data[1024];
    struct text out;
    int64_t whole = doctor->record->steps[current(doctor)].end_ms;
    text_init(&out, data, sizeof data);
    append_ms(&out, "\nwhere the time went, ", whole);
    for (int i = 0; i < DOCTOR_STEPS; i++) {
        int64_t start = doctor->record->steps[i].start_ms;
        int64_t end = doctor->record->steps[i].end_ms;
        size_t row = out.size;
        if (start < 0 || end < start || end > whole) {
            continue;
        }
        text_append(&out, "  ");
        text_append(&out, step_names[i]);
        text_pad(&out, row + 15);
        append_bar(&out, start, end, whole > 0 ? whole : 1);
        append_ms(&out, "  ", took(doctor, i));
    }
    show(doctor, &out);
}

/* ---- as JSON --------------------------------------------------------------------------------- */

static void append_number_member(struct text *out, const char *name, int64_t number) {
    text_append(out, name);
    text_append_number(out, number);
}

static void append_findings(struct text *out, const struct doctor *doctor, int step) {
    const char *before = "";
    for (size_t i = 0; i < doctor->record->count && i < FINDINGS_MAX; i++) {
        const struct finding *finding = &doctor->record->findings[i];
        if (finding->step != step) {
            continue;
        }
        text_append(out, before);
        append_number_member(out, "{\"at_ms\":", finding->at_ms);
        text_append(out, ",\"what\":");
        text_append_json(out, finding->what, strnlen(finding->what, sizeof finding->what));
        if (finding->text[0] != '\0') {
            text_append(out, ",\"text\":");
            text_append_json(out, finding->text, strnlen(finding->text, sizeof finding->text));
        }
        if (finding->number >= 0) {
            append_number_member(out, ",\"number\":", finding->number);
        }
        text_append(out, "}");
        before = ",";
    }
}

static void append_step(struct text *out, const struct doctor *doctor, int step, bool has_failed) {
    int64_t start = doctor->record->steps[step].start_ms;
    text_append(out, step == 0 ? "{\"steps\":[{\"step\":\"" : ",{\"step\":\"");
    text_append(out, step_names[step]);
    text_append(out, start < 0                               ? "\",\"state\":\"skipped\""
                     : has_failed && step == current(doctor) ? "\",\"state\":\"failed\""
                                                             : "\",\"state\":\"ok\"");
    if (start >= 0) {
        append_number_member(out, ",\"start_ms\":", start);
        append_number_member(out, ",\"took_ms\":", took(doctor, step));
    }
    text_append(out, ",\"found\":[");
    append_findings(out, doctor, step);
    text_append(out, "]}");
}

static void append_failure(struct text *out, const pinetoken_error *error) {
    text_append(out, ",\"message\":");
    text_append_json(out, error->message, strlen(error->message));
    text_append(out, ",\"advice\":");
    text_append_json(out, error->advice, strlen(error->advice));
}

static void print_json(struct doctor *doctor, const pinetoken_error *error) {
    static char data[REPORT_MAX];
    struct text out;
    pinetoken_status status = error != NULL ? error->status : PINETOKEN_OK;
    text_init(&out, data, sizeof data);
    for (int i = 0; i < DOCTOR_STEPS; i++) {
        append_step(&out, doctor, i, error != NULL);
    }
    text_append(&out, "],\"status\":\"");
    text_append(&out, pinetoken_status_name(status));
    append_number_member(&out, "\",\"code\":", (int64_t)status);
    if (error != NULL) {
        append_failure(&out, error);
    }
    text_append(&out, "}\n");
    doctor->record->is_broken = !io_write(doctor->out, out.data, out.size);
}

/* ---- what is noted --------------------------------------------------------------------------- */

static void end_step(struct doctor *doctor) {
    doctor->record->steps[current(doctor)].end_ms = since(doctor);
}

void doctor_begin(struct doctor *doctor, enum doctor_step step) {
    if (doctor->record->current == (int)step) {
        return;
    }
    end_step(doctor);
    if (doctor->record->current >= 0) {
        show_good_end(doctor);
    }
    doctor->record->current = (int)step;
    doctor->record->steps[step].start_ms = since(doctor);
    show_start(doctor, (int)step);
}

static void note(struct doctor *doctor, const char *what, const char *text, size_t size,
                 int64_t number) {
    struct text out;
    size_t count = doctor->record->count;
    if (count >= FINDINGS_MAX) {
        return;
    }
    struct finding *finding = &doctor->record->findings[count];
    doctor->record->count = count + 1;
    finding->step = (uint8_t)current(doctor);
    finding->at_ms = since(doctor);
    finding->number = number;
    text_init(&out, finding->what, sizeof finding->what);
    text_append(&out, what);
    text_init(&out, finding->text, sizeof finding->text);
    text_append_printable(&out, text, size);
    show_finding(doctor, finding);
}

void doctor_note(struct doctor *doctor, const char *what, const char *text, int64_t number) {
    note(doctor, what, text, strlen(text), number);
}

/* DOCTOR_STEPS: whatever step goes on. */
static enum doctor_step step_of(pinetoken_phase phase) {
    static const uint8_t steps[] = {
        [PINETOKEN_PHASE_NONE] = DOCTOR_STEPS,       [PINETOKEN_PHASE_CLOCK] = DOCTOR_STEPS,
        [PINETOKEN_PHASE_RESOLVE] = DOCTOR_RESOLVER, [PINETOKEN_PHASE_DIAL] = DOCTOR_TCP,
        [PINETOKEN_PHASE_PROXY] = DOCTOR_PROXY,      [PINETOKEN_PHASE_HANDSHAKE] = DOCTOR_TLS,
        [PINETOKEN_PHASE_SEND] = DOCTOR_HTTP,        [PINETOKEN_PHASE_RECEIVE] = DOCTOR_HTTP,
        [PINETOKEN_PHASE_WAIT] = DOCTOR_STEPS,
    };
    return (enum doctor_step)steps[phase];
}

void doctor_event(struct doctor *doctor, const pinetoken_event *event) {
    enum doctor_step step = step_of(event->phase);
    if (step < DOCTOR_STEPS) {
        doctor_begin(doctor, step);
    }
    note(doctor, event->what, event->text.data, event->text.size, event->number);
}

/* One that failed at once may have said nothing. */
static void begin_failed_step(struct doctor *doctor, const pinetoken_error *error) {
    enum doctor_step step = step_of(error->phase);
    if (error->http_status != 0 && error->phase != PINETOKEN_PHASE_PROXY) {
        step = DOCTOR_OAUTH;
    }
    if (step < DOCTOR_STEPS && (int)step > current(doctor)) {
        doctor_begin(doctor, step);
    }
}

bool doctor_end(struct doctor *doctor, const pinetoken_error *error) {
    if (error != NULL) {
        begin_failed_step(doctor, error);
    }
    end_step(doctor);
    if (doctor->look == DOCTOR_JSON) {
        print_json(doctor, error);
    } else if (error != NULL) {
        show_failure(doctor, error);
    } else {
        show_good_end(doctor);
    }
    show_waterfall(doctor);
    bool shown = !doctor->record->is_broken;
    (void)munmap(doctor->record, sizeof *doctor->record);
    return shown;
}
