/* What agent's files share: the state of the one loop. All times are milliseconds by
 * CLOCK_BOOTTIME, which nobody sets and which goes on through a suspend. */
#ifndef AGENT_STATE_H
#define AGENT_STATE_H

#include "agent/hooks.h"
#include "agent/metrics.h"
#include "cli/credentials.h"
#include "os/clock.h"
#include "sandbox/worker.h"

struct agent {
    struct options *options;
    struct console *console;
    struct credentials *credentials; /* in secure memory */
    struct hooks hooks;
    struct metrics metrics;
    struct worker_job job;
    struct worker worker;         /* while `is_fetching` */
    struct worker_result fetched; /* its result */
    struct worker_result current; /* the token in the file */
    bool is_fetching;
    bool has_token;    /* `current` is one */
    bool is_unwritten; /* `fetched` has a token that is not in the file yet */
    bool is_asked;     /* by a signal, for another fetch after this one */
    bool is_rejected;  /* the issuer refused the credentials for good; new ones are looked for */
    bool has_expired;  /* the token in the file; it was reported */
    bool is_over;
    uint32_t warned;       /* hash of the last warning of a fetch, which is not repeated; 0: none */
    int64_t due;           /* time of the next fetch, or of the end of this one */
    int64_t fetched_at;    /* when the last fetch was started */
    int64_t reread_at;     /* when the credentials are read again; 0: not planned */
    int64_t watchdog_at;   /* when the supervisor expects a sign of life; 0: never */
    int64_t clock_ahead;   /* how far CLOCK_REALTIME is ahead of CLOCK_BOOTTIME */
    int64_t suspended;     /* how long the system was, so far */
    pinetoken_error error; /* that ended it */
};

static inline int64_t agent_now(void) {
    return clock_ms(CLOCK_BOOTTIME);
}

/* `name`: stable, for programs; `what`: for people. */
void agent_log(const struct agent *agent, const char *name, const char *what, int64_t number,
               span text);
void agent_warn(const struct agent *agent, const pinetoken_error *error);

#endif
