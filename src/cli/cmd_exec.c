#include "base/error.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/environment.h"
#include "cli/fetch.h"
#include "os/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The exit status of a shell whose command is not found, or cannot be run. */
#define EXIT_NOT_FOUND 127
#define EXIT_NOT_RUN 126

/* What the program that takes the place of this process starts with. */
struct environment {
    char token[sizeof TOKEN_VARIABLE + LIMIT_TOKEN];
    char **list; /* owned */
};

static bool exec_make_environment(void *user, const pinetoken_token *token,
                                  pinetoken_error *error) {
    struct environment *environment = user;
    struct buffer text;
    buffer_init(&text, environment->token, sizeof environment->token);
    buffer_append(&text, SPAN(TOKEN_VARIABLE));
    buffer_append(&text, token->access_token);
    buffer_append_byte(&text, '\0');
    if (text.overflow) {
        return error_set(error, PINETOKEN_INTERNAL, "exec: the token is too long", "");
    }
    environment->list = environment_without_secrets(environment->token);
    return environment->list != NULL || error_out_of_memory("exec", error);
}

/* Returns only if it cannot be run. */
static void exec_run(struct invocation *invocation, const struct environment *environment,
                     pinetoken_error *error) {
    char **arguments = invocation->options->arguments;
    char **before = environ;
    environ = environment->list;
    (void)execvp(arguments[0], arguments);
    int number = errno;
    environ = before;
    invocation->exit_code = number == ENOENT || number == ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
    error_begin(error, PINETOKEN_LOCAL, "exec: ");
    error_add_quoted(error, span_text(arguments[0]));
    error_add(error, ": ");
    error_add(error, strerror(number));
    error_advise(error, "check its name, PATH and mode");
}

bool cmd_exec(struct invocation *invocation, pinetoken_error *error) {
    const struct options *options = invocation->options;
    struct environment environment = {.list = NULL};
    const struct fetch fetch = {.options = options,
                                .console = invocation->console,
                                .policy = {.refresh = options->counts[OPTION_REFRESH] > 0},
                                .use = exec_make_environment,
                                .user = &environment};
    if (fetch_token(&fetch, error)) {
        console_show_warning(invocation->console);
        /* As it was passed to us. */
        process_restore_signals();
        exec_run(invocation, &environment, error);
    }
    explicit_bzero(environment.token, sizeof environment.token);
    free(environment.list);
    return false;
}
