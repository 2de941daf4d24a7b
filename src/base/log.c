#include "base/log.h"

#include "base/buffer.h"

/* Long enough for a certificate's subject; longer text is cut. */
#define EVENT_TEXT 512u

struct event_row {
    pinetoken_log_level level;
    pinetoken_phase phase;
    const char *name;
    const char *what;
};

static const struct event_row event_rows[] = {
#define EVENT_ROW(constant, row_level, row_phase, row_name, row_what) \
    {.level = PINETOKEN_LOG_##row_level,                              \
     .phase = PINETOKEN_PHASE_##row_phase,                            \
     .name = (row_name),                                              \
     .what = (row_what)},
    EVENTS(EVENT_ROW)
#undef EVENT_ROW
};

bool log_wants(const struct log *log, pinetoken_log_level level) {
    return log->function != NULL && level <= log->level;
}

void log_event(const struct log *log, enum event event, span text, int64_t number) {
    const struct event_row *row = &event_rows[event];
    if (!log_wants(log, row->level)) {
        return;
    }
    char escaped[4 * EVENT_TEXT + 3];
    struct buffer buffer;
    buffer_init(&buffer, escaped, sizeof escaped);
    buffer_append_escaped(&buffer, text, EVENT_TEXT);
    const pinetoken_event logged = {
        .level = row->level,
        .phase = row->phase,
        .name = row->name,
        .what = row->what,
        .text = buffer_span(&buffer),
        .number = number,
    };
    log->function(log->user, &logged);
}
