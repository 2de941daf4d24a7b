/* A process of its own that shows an examination while it goes on, because the one that examines
 * waits for its worker. It only reads the record. */
#ifndef DOCTOR_LIVE_H
#define DOCTOR_LIVE_H

#include "doctor/view.h"

#include <sys/types.h>

struct live {
    pid_t pid;  /* -1: there is none, everything is shown at the end */
    int end_fd; /* closed to end it */
};

void live_start(struct live *live, struct view *view);
/* Ends it; `view` continues where it stopped. */
void live_stop(struct live *live, struct view *view);

#endif
