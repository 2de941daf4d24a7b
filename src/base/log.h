/* Typed facts to the caller's log. Takes literals, numbers and text that is public; foreign text
 * goes through the escaper on its way. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/span.h"

struct log {
    pinetoken_log_fn function; /* NULL: silent */
    void *user;
    pinetoken_log_level level; /* the most detailed that it gets */
};

/* Whether something is worth computing for it. */
bool log_wants(const struct log *log, pinetoken_log_level level);
void log_event(const struct log *log, pinetoken_log_level level, pinetoken_phase phase,
               const char *what, span text, int64_t number);

#endif
