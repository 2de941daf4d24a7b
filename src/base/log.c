#include "base/log.h"

#include "base/buffer.h"

/* Long enough for a certificate's subject; longer text is cut. */
#define EVENT_TEXT 512u

bool log_wants(const struct log *log, pinetoken_log_level level) {
    return log->function != NULL && level <= log->level;
}

void log_event(const struct log *log, pinetoken_log_level level, pinetoken_phase phase,
               const char *what, span text, int64_t number) {
    if (!log_wants(log, level)) {
        return;
    }
    char escaped[4 * EVENT_TEXT + 3];
    struct buffer buffer;
    buffer_init(&buffer, escaped, sizeof escaped);
    buffer_append_escaped(&buffer, text, EVENT_TEXT);
    pinetoken_event event = {level, phase, what, buffer_span(&buffer), number};
    log->function(log->user, &event);
}
