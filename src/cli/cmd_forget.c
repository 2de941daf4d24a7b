#include "cli/commands.h"
#include "cli/fetch.h"

bool cmd_forget(const struct options *options, struct console *console, pinetoken_error *error) {
    return fetch_forget(options, console, error);
}
