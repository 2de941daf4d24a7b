#include "base/log.h"

#include "base/buffer.h"

#include <string.h>

/* Long enough for a certificate's subject; longer text is cut. */
#define EVENT_TEXT 512u

struct event_row {
    uint8_t level;
    uint8_t phase;
};

static const struct event_row event_rows[] = {
#define EVENT_ROW(constant, level, phase, name, what) \
    {PINETOKEN_LOG_##level, PINETOKEN_PHASE_##phase},
    EVENTS(EVENT_ROW)
#undef EVENT_ROW
};

/* Name and English of each, one after the other: pointers to them would be 0.6 KB. */
static const char event_texts[] =
#define EVENT_TEXTS(constant, level, phase, name, what) name "\0" what "\0"
    EVENTS(EVENT_TEXTS)
#undef EVENT_TEXTS
    ;

static const char *log_next_text(const char *text) {
    return text + strlen(text) + 1;
}

static const char *log_name_of(enum event event) {
    const char *text = event_texts;
    for (unsigned i = 0; i < 2 * (unsigned)event; i++) {
        text = log_next_text(text);
    }
    return text;
}

bool log_wants(const struct log *log, pinetoken_log_level level) {
    return log->function != NULL && level <= log->level;
}

void log_event(const struct log *log, enum event event, span text, int64_t number) {
    const struct event_row *row = &event_rows[event];
    if (!log_wants(log, (pinetoken_log_level)row->level)) {
        return;
    }
    char escaped[4 * EVENT_TEXT + 3];
    struct buffer buffer;
    buffer_init(&buffer, escaped, sizeof escaped);
    buffer_append_escaped(&buffer, text, EVENT_TEXT);
    const char *name = log_name_of(event);
    const pinetoken_event logged = {
        .level = (pinetoken_log_level)row->level,
        .phase = (pinetoken_phase)row->phase,
        .name = name,
        .what = log_next_text(name),
        .text = buffer_span(&buffer),
        .number = number,
    };
    log->function(log->user, &logged);
}
