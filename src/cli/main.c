#include "commands.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* A descriptor that was closed by whoever started us would be taken by the next one opened, a
 * connection for one, and be written to in its place. The filler can neither be read nor written.
 */
static void fill_standard_descriptors(void) {
    int fd = 0;
    do {
        fd = open("/", O_PATH);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) {
        close(fd);
    }
}

static bool run(const struct options *options, struct console *console, pinetoken_error *error) {
    if (options->counts[OPTION_VERSION] > 0) {
        return cmd_version(error);
    }
    if (options->counts[OPTION_HELP] > 0 || options->command == COMMAND_HELP) {
        return cmd_help(error);
    }
    return cmd_token(options, console, error);
}

int main(int argc, char **argv) {
    struct options options;
    struct console console;
    pinetoken_error error;
    fill_standard_descriptors();
    /* A reader that has gone shows as an error of write(2). */
    (void)signal(SIGPIPE, SIG_IGN);
    bool done = options_parse(&options, argc, argv, &error);
    console_init(&console, &options);
    done = done && run(&options, &console, &error);
    options_free(&options);
    if (!done) {
        console_error(&console, &error);
        return (int)error.status;
    }
    console_show_warning(&console);
    return 0;
}
