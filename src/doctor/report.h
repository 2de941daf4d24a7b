/* The record of an examination: its steps, when each began and ended, and the facts found in each.
 * The record
 * lies in memory that the command shares with its worker and with the process that shows it live.
 * The worker reads what the network sends and may have been taken over by it, so readers get copies
 * with every number within bounds and every text printable. */
#ifndef DOCTOR_REPORT_H
#define DOCTOR_REPORT_H

#include "base/span.h"

enum doctor_step {
    DOCTOR_PROGRAM,
    DOCTOR_CLOCK,
    DOCTOR_ENTROPY,
    DOCTOR_OPTIONS,
    DOCTOR_CREDENTIALS,
    DOCTOR_CACHE,
    DOCTOR_SANDBOX,
    DOCTOR_DNS,
    DOCTOR_TCP,
    DOCTOR_PROXY,
    DOCTOR_TLS,
    DOCTOR_HTTP,
    DOCTOR_OAUTH,
    DOCTOR_STEPS
};

struct record; /* what is shared */

/* All but the record is this process's own. */
struct report {
    struct record *record;
    int64_t beginning;              /* on the monotonic clock, in milliseconds */
    const pinetoken_error *failure; /* error of the last step; NULL: it went well, or is not over */
    bool has_ended;
};

/* False: out of memory. */
PINETOKEN_MUST_USE bool report_init(struct report *report);
void report_wipe(struct report *report);

/* ---- writing --------------------------------------------------------------------------------- */

/* A step begins; the one before it is over. Nothing if it is the same one. */
void report_begin(struct report *report, enum doctor_step step);
/* A fact of the current step. `name` is the stable name, `what` is English for people; both are
 * literals. `text` may be empty; `number` -1: none. */
void report_fact(struct report *report, const char *name, const char *what, span text,
                 int64_t number);
/* Something that works, but is about to fail or likely to be wrong. */
void report_warning(struct report *report, const char *name, span message, const char *advice);
/* An event of the library, as a fact or a warning in the step of its phase. */
void report_event(struct report *report, const pinetoken_event *event);
/* The last step is over; NULL: it went well, else why it failed, borrowed from then on. */
void report_end(struct report *report, const pinetoken_error *error);

/* ---- reading --------------------------------------------------------------------------------- */

/* A step that was reached, in the order of time; a retry reaches some again. */
struct visit {
    enum doctor_step step;
    int64_t start_ms; /* since the beginning */
    int64_t end_ms;   /* of one that goes on: now */
};

struct fact {
    size_t visit;
    uint8_t is_warning; /* 0 or not: no bool, whose other values must not be read */
    int64_t at_ms;      /* since the beginning */
    int64_t number;
    char name[32];
    char what[72];
    char text[320];
    char advice[128];
};

const char *report_step_name(enum doctor_step step);
size_t report_visits(const struct report *report);
struct visit report_visit(const struct report *report, size_t index);
size_t report_facts(const struct report *report);
void report_read(const struct report *report, size_t index, struct fact *fact);
/* The last fact with that name in a visit. False: there is none. */
PINETOKEN_MUST_USE bool report_find(const struct report *report, size_t visit, const char *name,
                                    struct fact *fact);
bool report_has_warning(const struct report *report, size_t visit);

#endif
