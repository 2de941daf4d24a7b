#include "agent/agent.h"
#include "api/api.h"
#include "cli/commands.h"
#include "cli/relocate.h"
#include "doctor/examine.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

/* A descriptor that was closed by whoever started us would be taken by the next one opened, a
 * connection for one, and be written to in its place. The filler can neither be read nor written.
 */
static void fill_standard_descriptors(void) {
    int fd = 0;
    do {
        fd = open("/", O_PATH | O_CLOEXEC);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) {
        close(fd);
    }
}

static bool run(struct options *options, struct console *console, int *exec_status,
                pinetoken_error *error) {
    if (options->counts[OPTION_VERSION] > 0) {
        return cmd_version(error);
    }
    if (options->counts[OPTION_HELP] > 0 || options->command == COMMAND_HELP) {
        return cmd_help(error);
    }
    if (options->command == COMMAND_EXEC) {
        return cmd_exec(options, console, exec_status, error);
    }
    if (options->command == COMMAND_API) {
        return cmd_api(options, console, exec_status, error);
    }
    if (options->command == COMMAND_AGENT) {
        return cmd_agent(options, console, error);
    }
    if (options->command == COMMAND_DOCTOR) {
        return cmd_doctor(options, console, error);
    }
    if (options->command == COMMAND_FORGET) {
        return cmd_forget(options, console, error);
    }
    return cmd_token(options, console, error);
}

/* Of its own, so that no pointer of static data is read ahead of its relocation. */
__attribute__((noinline)) static int relocated_main(int argc, char **argv) {
    struct options options;
    struct console console;
    pinetoken_error error;
    int exec_status = 0;
    fill_standard_descriptors();
    /* No core file, and no other process of this user looks into this one's memory. */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    /* A reader that has gone shows as an error of write(2). */
    bool ignores_sigpipe = signal(SIGPIPE, SIG_IGN) == SIG_IGN;
    bool done = options_parse(&options, argc, argv, &error);
    options.ignores_sigpipe = ignores_sigpipe;
    console_init(&console, &options);
    done = done && run(&options, &console, &exec_status, &error);
    options_free(&options);
    if (!done) {
        console_error(&console, &error);
        return exec_status != 0 ? exec_status : (int)error.status;
    }
    console_show_warning(&console);
    return 0;
}

int main(int argc, char **argv) {
#ifdef RELOCATES_ITSELF
    relocate();
#endif
    return relocated_main(argc, argv);
}
