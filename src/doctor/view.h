/* An examination for people: one line per step with its mark, its time and the facts that matter;
 * below it, if something is wrong or -v was given, everything that was found; at the end, where the
 * time went. On a terminal the line of the current step is rewritten in place. */
#ifndef DOCTOR_VIEW_H
#define DOCTOR_VIEW_H

#include "doctor/report.h"

struct view {
    const struct report *report;
    int out;
    size_t width;     /* width of the terminal, at most 80 columns; 0: not a terminal */
    bool is_coloured; /* on a terminal */
    bool is_detailed; /* -v */
    size_t shown;     /* visits whose lines are final */
    int failed;       /* errno: why `out` takes no more; 0: it does */
};

/* Looks at `out`, which stays the caller's, and at TERM and NO_COLOR (no-color.org). */
void view_init(struct view *view, const struct report *report, int out, bool is_detailed);
/* Shows what is new; after report_end, the failure and where the time went, too. */
void view_update(struct view *view);

#endif
