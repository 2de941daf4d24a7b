#include "commands.h"
#include "fetch.h"

bool cmd_forget(const struct options *options, struct console *console, pinetoken_error *error) {
    return fetch_forget(options, console, error);
}
