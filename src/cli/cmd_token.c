#include "commands.h"
#include "fetch.h"
#include "output.h"

static bool print(void *user, const pinetoken_token *token, pinetoken_error *error) {
    const struct options *options = user;
    return output_token(token, options->format, error);
}

bool cmd_token(struct options *options, struct console *console, pinetoken_error *error) {
    return fetch_token(options, options->counts[OPTION_REFRESH] > 0, console, print, options,
                       error);
}
