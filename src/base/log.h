/* Typed facts to the caller's log. Takes events of ours, numbers and text that is public; foreign
 * text goes through the escaper on its way. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/events.h"
#include "base/span.h"

struct log {
    pinetoken_log_fn function; /* NULL: silent */
    void *user;
    pinetoken_log_level level; /* the most detailed that it gets */
};

/* EVENT_TCP_CONNECTED, ...: events.h has them all. */
enum event {
#define EVENT_CONSTANT(constant, level, phase, name, what) EVENT_##constant,
    EVENTS(EVENT_CONSTANT)
#undef EVENT_CONSTANT
};

/* Whether something is worth computing for it. */
bool log_wants(const struct log *log, pinetoken_log_level level);
/* `text` may be empty; `number` -1: none. */
void log_event(const struct log *log, enum event event, span text, int64_t number);

#endif
