/* What a fetch found step by step, and how long each step took: noted by this process and by its
 * worker, in memory that both share, shown as it comes or in the end. */
#ifndef DOCTOR_REPORT_H
#define DOCTOR_REPORT_H

#include "cli/options.h"

enum doctor_step {
    DOCTOR_CLOCK,
    DOCTOR_ENTROPY,
    DOCTOR_CREDENTIALS,
    DOCTOR_CACHE,
    DOCTOR_SANDBOX,
    DOCTOR_RESOLVER,
    DOCTOR_TCP,
    DOCTOR_PROXY,
    DOCTOR_TLS,
    DOCTOR_HTTP,
    DOCTOR_OAUTH,
    DOCTOR_STEPS
};

/* How it is shown. */
enum doctor_look { DOCTOR_PLAIN, DOCTOR_COLOURED, DOCTOR_JSON };

struct doctor;

/* To the descriptor `out`, which stays the caller's. NULL: out of memory. */
struct doctor *doctor_new(enum doctor_look look, int out);
/* A step begins; the one before it went well. */
void doctor_begin(struct doctor *doctor, enum doctor_step step);
/* Something found in the step that goes on; `text` as printable ASCII, "": none; `number` -1: none.
 */
void doctor_note(struct doctor *doctor, const char *what, const char *text, int64_t number);
/* The same, by the library's event, in the step of its phase. */
void doctor_event(struct doctor *doctor, const pinetoken_event *event);
/* The end, with the reason where the last step failed; else NULL. False: it cannot be shown. */
bool doctor_end(struct doctor *doctor, const pinetoken_error *error);

#endif
