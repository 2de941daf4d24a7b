#include "doctor/report.h"

#include "base/buffer.h"
#include "os/clock.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

/* A fetch with a chain of four certificates and some addresses has about 50. */
#define FACTS_MAX 160u
/* Each step once, and again for each of a few retries. */
#define VISITS_MAX 64u
/* No fetch takes longer: bounds what a hostile worker can make readers calculate with. */
#define TIME_MAX_MS INT64_C(1000000000)

/* Whoever adds a visit or a fact fills it first and counts it then. */
struct record {
    atomic_size_t visit_count;
    struct visit visits[VISITS_MAX]; /* end_ms -1: goes on */
    atomic_size_t fact_count;
    struct fact facts[FACTS_MAX];
};

bool report_init(struct report *report) {
    struct record *record =
        mmap(NULL, sizeof *record, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (record == MAP_FAILED) {
        return false;
    }
    *report = (struct report){.record = record, .beginning = clock_monotonic_ms()};
    return true;
}

void report_wipe(struct report *report) {
    munmap(report->record, sizeof *report->record);
    report->record = NULL;
}

static int64_t report_now(const struct report *report) {
    return clock_monotonic_ms() - report->beginning;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void report_end_visit(struct report *report) {
    size_t count = report_visits(report);
    if (count > 0) {
        report->record->visits[count - 1].end_ms = report_now(report);
    }
}

void report_begin(struct report *report, enum doctor_step step) {
    size_t count = report_visits(report);
    if (count == VISITS_MAX || (count > 0 && report->record->visits[count - 1].step == step)) {
        return;
    }
    report_end_visit(report);
    report->record->visits[count] =
        (struct visit){.step = step, .start_ms = report_now(report), .end_ms = -1};
    atomic_store(&report->record->visit_count, count + 1);
}

static void report_copy(char *out, size_t capacity, span text) {
    struct buffer buffer;
    buffer_init(&buffer, out, capacity - 1);
    buffer_append_cut(&buffer, text);
    out[buffer.size] = '\0';
}

/* The next fact, to be counted once it is filled; NULL: there is no room. */
static struct fact *report_next(struct report *report, const char *name) {
    size_t count = report_facts(report);
    size_t visits = report_visits(report);
    if (count == FACTS_MAX || visits == 0) {
        return NULL;
    }
    struct fact *fact = &report->record->facts[count];
    *fact = (struct fact){.visit = visits - 1, .at_ms = report_now(report), .number = -1};
    report_copy(fact->name, sizeof fact->name, span_text(name));
    return fact;
}

static void report_count_fact(struct report *report) {
    atomic_store(&report->record->fact_count, report_facts(report) + 1);
}

void report_fact(struct report *report, const char *name, const char *what, span text,
                 int64_t number) {
    struct fact *fact = report_next(report, name);
    if (fact != NULL) {
        fact->number = number;
        report_copy(fact->what, sizeof fact->what, span_text(what));
        report_copy(fact->text, sizeof fact->text, text);
        report_count_fact(report);
    }
}

void report_warning(struct report *report, const char *name, span message, const char *advice) {
    struct fact *fact = report_next(report, name);
    if (fact != NULL) {
        fact->is_warning = true;
        report_copy(fact->text, sizeof fact->text, message);
        report_copy(fact->advice, sizeof fact->advice, span_text(advice));
        report_count_fact(report);
    }
}

/* DOCTOR_STEPS: whatever step goes on. */
static enum doctor_step report_step_of(pinetoken_phase phase) {
    switch (phase) {
        case PINETOKEN_PHASE_NONE:
        case PINETOKEN_PHASE_CLOCK:
        case PINETOKEN_PHASE_WAIT: return DOCTOR_STEPS;
        case PINETOKEN_PHASE_RESOLVE: return DOCTOR_DNS;
        case PINETOKEN_PHASE_DIAL: return DOCTOR_TCP;
        case PINETOKEN_PHASE_PROXY: return DOCTOR_PROXY;
        case PINETOKEN_PHASE_HANDSHAKE: return DOCTOR_TLS;
        case PINETOKEN_PHASE_SEND:
        case PINETOKEN_PHASE_RECEIVE: return DOCTOR_HTTP;
    }
    return DOCTOR_STEPS;
}

static void report_event_warning(struct report *report, const pinetoken_event *event) {
    char message[sizeof report->record->facts[0].text];
    struct buffer out;
    buffer_init(&out, message, sizeof message);
    buffer_append_text(&out, event->what);
    if (event->number >= 0) {
        buffer_append_byte(&out, ' ');
        buffer_append_signed(&out, event->number);
    }
    if (event->text.size > 0) {
        buffer_append_byte(&out, ' ');
        buffer_append_cut(&out, event->text);
    }
    report_warning(report, event->name, buffer_span(&out), "");
}

void report_event(struct report *report, const pinetoken_event *event) {
    enum doctor_step step = report_step_of(event->phase);
    if (step != DOCTOR_STEPS) {
        report_begin(report, step);
    }
    if (event->level == PINETOKEN_LOG_WARN) {
        report_event_warning(report, event);
    } else {
        report_fact(report, event->name, event->what, event->text, event->number);
    }
}

/* A step that failed at once may have logged nothing. */
static void report_begin_failed_step(struct report *report, const pinetoken_error *error) {
    enum doctor_step step = report_step_of(error->phase);
    size_t count = report_visits(report);
    if (error->http_status != 0 && error->phase != PINETOKEN_PHASE_PROXY) {
        step = DOCTOR_OAUTH;
    }
    if (step != DOCTOR_STEPS && (count == 0 || step > report_visit(report, count - 1).step)) {
        report_begin(report, step);
    }
}

void report_end(struct report *report, const pinetoken_error *error) {
    if (error != NULL) {
        report_begin_failed_step(report, error);
    }
    report_end_visit(report);
    report->failure = error;
    report->has_ended = true;
}

/* ---- reading --------------------------------------------------------------------------------- */

const char *report_step_name(enum doctor_step step) {
    static const char names[DOCTOR_STEPS][12] = {
        [DOCTOR_PROGRAM] = "program",
        [DOCTOR_CLOCK] = "clock",
        [DOCTOR_ENTROPY] = "entropy",
        [DOCTOR_OPTIONS] = "options",
        [DOCTOR_CREDENTIALS] = "credentials",
        [DOCTOR_CACHE] = "cache",
        [DOCTOR_SANDBOX] = "sandbox",
        [DOCTOR_DNS] = "dns",
        [DOCTOR_TCP] = "tcp",
        [DOCTOR_PROXY] = "proxy",
        [DOCTOR_TLS] = "tls",
        [DOCTOR_HTTP] = "http",
        [DOCTOR_OAUTH] = "oauth",
    };
    return names[step];
}

size_t report_visits(const struct report *report) {
    size_t count = atomic_load(&report->record->visit_count);
    return count < VISITS_MAX ? count : VISITS_MAX;
}

size_t report_facts(const struct report *report) {
    size_t count = atomic_load(&report->record->fact_count);
    return count < FACTS_MAX ? count : FACTS_MAX;
}

static int64_t report_clamp(int64_t ms, int64_t low) {
    return ms < low ? low : ms > TIME_MAX_MS ? TIME_MAX_MS : ms;
}

struct visit report_visit(const struct report *report, size_t index) {
    struct visit visit = report->record->visits[index];
    visit.step = (unsigned)visit.step < DOCTOR_STEPS ? visit.step : DOCTOR_PROGRAM;
    visit.start_ms = report_clamp(visit.start_ms, 0);
    visit.end_ms =
        report_clamp(visit.end_ms < 0 ? report_now(report) : visit.end_ms, visit.start_ms);
    return visit;
}

static void report_make_printable(char *text, size_t capacity) {
    text[capacity - 1] = '\0';
    for (char *byte = text; *byte != '\0'; byte++) {
        if (*byte < 0x20 || *byte >= 0x7f) {
            *byte = '?';
        }
    }
}

void report_read(const struct report *report, size_t index, struct fact *fact) {
    *fact = report->record->facts[index];
    fact->visit = fact->visit < VISITS_MAX ? fact->visit : 0;
    fact->at_ms = report_clamp(fact->at_ms, 0);
    report_make_printable(fact->name, sizeof fact->name);
    report_make_printable(fact->what, sizeof fact->what);
    report_make_printable(fact->text, sizeof fact->text);
    report_make_printable(fact->advice, sizeof fact->advice);
}

bool report_find(const struct report *report, size_t visit, const char *name, struct fact *fact) {
    for (size_t i = report_facts(report); i > 0; i--) {
        report_read(report, i - 1, fact);
        if (fact->visit == visit && strcmp(fact->name, name) == 0) {
            return true;
        }
    }
    return false;
}

bool report_has_warning(const struct report *report, size_t visit) {
    struct fact fact;
    for (size_t i = 0; i < report_facts(report); i++) {
        report_read(report, i, &fact);
        if (fact.visit == visit && fact.is_warning) {
            return true;
        }
    }
    return false;
}
