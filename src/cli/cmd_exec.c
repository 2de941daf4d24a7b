#include "commands.h"
#include "fail.h"
#include "fetch.h"
#include "text.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOKEN_VARIABLE "PINECONE_ACCESS_TOKEN="
#define TOKEN_MOST 16384

/* What takes this process's place starts with. */
struct environment {
    char token[sizeof TOKEN_VARIABLE + TOKEN_MOST];
    char **list; /* owned */
};

/* The old token too: two of one name would be read differently by different programs. */
static bool is_left_out(const char *variable) {
    static const char names[][29] = {TOKEN_VARIABLE,
                                     "PINECONE_CLIENT_SECRET=", "PINECONE_CLIENT_SECRET_FILE="};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strncmp(variable, names[i], strnlen(names[i], sizeof names[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool make_environment(void *user, const pinetoken_token *token, pinetoken_error *error) {
    struct environment *environment = user;
    struct text text;
    size_t count = 0;
    text_init(&text, environment->token, sizeof environment->token);
    text_append(&text, TOKEN_VARIABLE);
    text_append_bytes(&text, token->access_token.data, token->access_token.size);
    while (environ[count] != NULL) {
        count++;
    }
    environment->list = calloc(count + 2, sizeof *environment->list);
    if (environment->list == NULL) {
        return FAIL(error, PINETOKEN_INTERNAL, "exec: out of memory");
    }
    char **end = environment->list;
    for (char **each = environ; *each != NULL; each++) {
        if (!is_left_out(*each)) {
            *end++ = *each;
        }
    }
    *end = environment->token;
    return true;
}

static bool run(const struct options *options, struct environment *environment, int *exec_status,
                pinetoken_error *error) {
    char shown[64];
    struct text name;
    char **before = environ;
    environ = environment->list;
    (void)execvp(options->arguments[0], options->arguments);
    int number = errno;
    environ = before;
    *exec_status = number == ENOENT || number == ENOTDIR ? 127 : 126;
    text_init(&name, shown, sizeof shown);
    text_append_printable(&name, options->arguments[0], strlen(options->arguments[0]));
    return FAIL(error, PINETOKEN_LOCAL, "exec: ", shown, " cannot be run: ", strerror(number),
                " (check its name, PATH and mode)");
}

bool cmd_exec(const struct options *options, struct console *console, int *exec_status,
              pinetoken_error *error) {
    struct environment environment = {.list = NULL};
    if (fetch_token(options, options->counts[OPTION_REFRESH] > 0, console, make_environment,
                    &environment, error)) {
        console_show_warning(console);
        /* As it was given to us. */
        (void)signal(SIGPIPE, options->ignores_sigpipe ? SIG_IGN : SIG_DFL);
        (void)run(options, &environment, exec_status, error);
    }
    explicit_bzero(environment.token, sizeof environment.token);
    free(environment.list);
    return false;
}
