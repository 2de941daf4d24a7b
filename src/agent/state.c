#include "agent/state.h"

void agent_log(const struct agent *agent, const char *name, const char *what, int64_t number,
               span text) {
    const pinetoken_event event = {.level = PINETOKEN_LOG_INFO,
                                   .phase = PINETOKEN_PHASE_WAIT,
                                   .name = name,
                                   .what = what,
                                   .text = text,
                                   .number = number};
    console_event(agent->console, &event);
}

/* At once: a loop that goes on has no end at which the last warning would be shown. */
void agent_warn(const struct agent *agent, const pinetoken_error *error) {
    console_warn_error(agent->console, error);
    console_show_warning(agent->console);
    agent->console->warning[0] = '\0';
}
