#include "base/error.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/environment.h"
#include "cli/fetch.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOKEN_MAX 16384

/* What takes this process's place starts with. */
struct environment {
    char token[sizeof TOKEN_VARIABLE + TOKEN_MAX];
    char **list; /* owned */
};

static bool make_environment(void *user, const pinetoken_token *token, pinetoken_error *error) {
    struct environment *environment = user;
    struct text text;
    text_init(&text, environment->token, sizeof environment->token);
    text_append(&text, TOKEN_VARIABLE);
    text_append_bytes(&text, token->access_token.data, token->access_token.size);
    environment->list = environment_without_secrets(environment->token);
    if (environment->list == NULL) {
        return error_set(error, PINETOKEN_INTERNAL, "exec: out of memory", "");
    }
    return true;
}

static bool run(const struct options *options, struct environment *environment, int *exit_code,
                pinetoken_error *error) {
    char shown[64];
    struct text name;
    char **before = environ;
    environ = environment->list;
    (void)execvp(options->arguments[0], options->arguments);
    int number = errno;
    environ = before;
    *exit_code = number == ENOENT || number == ENOTDIR ? 127 : 126;
    text_init(&name, shown, sizeof shown);
    text_append_printable(&name, options->arguments[0], strlen(options->arguments[0]));
    return error_set_parts(error, PINETOKEN_LOCAL,
                           ERROR_PARTS("exec: ", shown, " cannot be run: ", strerror(number)),
                           "check its name, PATH and mode");
}

bool cmd_exec(struct invocation *invocation, pinetoken_error *error) {
    const struct options *options = invocation->options;
    struct console *console = invocation->console;
    struct environment environment = {.list = NULL};
    const struct fetch fetch = {.options = options,
                                .console = console,
                                .demand = {.refresh = options->counts[OPTION_REFRESH] > 0},
                                .use = make_environment,
                                .user = &environment};
    if (fetch_token(&fetch, error)) {
        console_show_warning(console);
        /* As it was given to us. */
        (void)signal(SIGPIPE, options->ignores_sigpipe ? SIG_IGN : SIG_DFL);
        (void)run(options, &environment, &invocation->exit_code, error);
    }
    explicit_bzero(environment.token, sizeof environment.token);
    free(environment.list);
    return false;
}
