/* A token's way into the file: fetch, write, report, plan the next one. */
#ifndef AGENT_RENEWAL_H
#define AGENT_RENEWAL_H

#include "agent/state.h"

/* For --check and for tokens whose issuer does not say how long they are valid. Seconds. */
#define RENEWAL_UNKNOWN_LIFETIME 3600

/* As soon as it may: at once, or after the fetch that is under way. */
void renewal_ask(struct agent *agent);
/* What there is of the worker's result; after WORKER_DONE the token is in the file. */
void renewal_step(struct agent *agent);
/* Starts what is due and ends what takes too long. */
void renewal_check_time(struct agent *agent);
void renewal_stop(struct agent *agent);
/* The clock was set: writes the times of the file and of the metrics anew. */
void renewal_follow_clock(struct agent *agent, int64_t jump_ms);
/* Files of credentials may have changed. True: the credentials are other ones now. */
bool renewal_read_credentials(struct agent *agent);
/* When renewal_check_time has something to do. */
int64_t renewal_next(const struct agent *agent);

#endif
