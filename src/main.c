#include "agent/agent.h"
#include "api/api.h"
#include "cli/commands.h"
#include "cli/configuration.h"
#include "doctor/examine.h"
#include "os/process.h"

#include <unistd.h>

/* By enum command. */
static command_fn *const commands[] = {
    [COMMAND_TOKEN] = cmd_token, [COMMAND_EXEC] = cmd_exec,     [COMMAND_AGENT] = cmd_agent,
    [COMMAND_API] = cmd_api,     [COMMAND_DOCTOR] = cmd_doctor, [COMMAND_FORGET] = cmd_forget,
    [COMMAND_HELP] = cmd_help,
};

static command_fn *main_choose(const struct options *options) {
    if (options->counts[OPTION_VERSION] > 0) {
        return cmd_version;
    }
    return options->counts[OPTION_HELP] > 0 ? cmd_help : commands[options->command];
}

/* A value that is not valid is reported before credentials are asked for. (doctor does so in a step
 * of its own.) */
static bool main_run(struct invocation *invocation, pinetoken_error *error) {
    const struct options *options = invocation->options;
    command_fn *run = main_choose(options);
    bool has_configuration =
        run != cmd_help && run != cmd_version && options->counts[OPTION_CHECK] == 0;
    return (!has_configuration || configuration_read_roots(options, error)) &&
           (!has_configuration || run == cmd_doctor || configuration_check(options, error)) &&
           run(invocation, error);
}

static int main_fail(const struct invocation *invocation, pinetoken_error *error) {
    configuration_name_option(invocation->options, error);
    console_error(invocation->console, error);
    return invocation->exit_code != 0 ? invocation->exit_code : (int)error->status;
}

int main(int argc, char **argv) {
    struct options options;
    struct console console;
    struct invocation invocation = {.options = &options, .console = &console};
    pinetoken_error error;
    process_begin();
    bool done = options_parse(&options, argc, argv, environ, &error);
    options_start_timeout(&options);
    console_init(&console, &options);
    if (options.unknown_variable != NULL) {
        char warning[OPTIONS_WARNING_CAPACITY];
        options_describe_unknown(&options, warning);
        console_warn(&console, warning);
    }
    done = done && main_run(&invocation, &error);
    int exit_code = 0;
    if (done) {
        console_show_warning(&console);
    } else {
        exit_code = main_fail(&invocation, &error);
    }
    options_free(&options);
    return exit_code;
}
