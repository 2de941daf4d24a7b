#include "cli/commands.h"
#include "cli/fetch.h"
#include "cli/output.h"

static bool token_print(void *user, const pinetoken_token *token, pinetoken_error *error) {
    const struct options *options = user;
    return output_token(token, options->format, error);
}

bool cmd_token(struct invocation *invocation, pinetoken_error *error) {
    struct options *options = invocation->options;
    const struct fetch fetch = {.options = options,
                                .console = invocation->console,
                                .policy = {.refresh = options->counts[OPTION_REFRESH] > 0},
                                .use = token_print,
                                .user = options};
    return fetch_token(&fetch, error);
}

bool cmd_forget(struct invocation *invocation, pinetoken_error *error) {
    return fetch_forget(invocation->options, invocation->console, error);
}
