/* What works now and is about to fail, or is likely to be wrong: warnings in the report. */
#ifndef DOCTOR_CHECKS_H
#define DOCTOR_CHECKS_H

#include "doctor/report.h"

struct checks {
    struct report *report;
    int64_t now;        /* Unix time */
    int64_t valid_from; /* when the current certificate becomes valid, Unix time */
};

void checks_init(struct checks *checks, struct report *report);
/* Age of the program. */
void checks_program(const struct checks *checks);
/* Whether the clock is older than the program. */
void checks_clock(const struct checks *checks);
/* What an event of the library reports: the age of the roots, the dates of the certificates and of
 * the response. */
void checks_event(struct checks *checks, const pinetoken_event *event);

#endif
