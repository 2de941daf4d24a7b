#include "cli/commands.h"
#include "cli/fetch.h"
#include "cli/output.h"

static bool print(void *user, const pinetoken_token *token, pinetoken_error *error) {
    const struct options *options = user;
    return output_token(token, options->format, error);
}

bool cmd_token(struct options *options, struct console *console, pinetoken_error *error) {
    const struct fetch fetch = {.options = options,
                                .console = console,
                                .demand = {.refresh = options->counts[OPTION_REFRESH] > 0},
                                .use = print,
                                .user = options};
    return fetch_token(&fetch, error);
}
