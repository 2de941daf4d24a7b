/* A call of the Admin API: the monitor finds the token and starts a worker for each try of each
 * page (worker.c). */
#include "api/api.h"

#include "api/state.h"
#include "base/error.h"
#include "cli/fetch.h"
#include "cli/output.h"
#include "os/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define API_EXIT_NO_2XX 22

/* ---- the body of the request ----------------------------------------------------------------- */

static bool api_fail_data(pinetoken_error *error) {
    return error_set_parts(error, PINETOKEN_LOCAL,
                           ERROR_PARTS("--data: the file cannot be read: ", strerror(errno)),
                           "check its name and mode");
}

static bool api_open_file(struct api *api, const char *name, pinetoken_error *error) {
    struct stat facts;
    /* A FIFO that nobody has opened for writing would keep a blocking open(2) waiting. */
    api->input = strcmp(name, "-") == 0 ? dup(STDIN_FILENO)
                                        : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (api->input < 0 || fstat(api->input, &facts) != 0) {
        return api_fail_data(error);
    }
    if (S_ISDIR(facts.st_mode)) {
        errno = EISDIR;
        return api_fail_data(error);
    }
    /* The length of a regular file is known, and it can be read again. */
    off_t at = S_ISREG(facts.st_mode) ? lseek(api->input, 0, SEEK_CUR) : 0;
    api->length = S_ISREG(facts.st_mode) ? facts.st_size - at : -1;
    api->can_repeat = S_ISREG(facts.st_mode) && at == 0;
    return true;
}

static bool api_open_data(struct api *api, pinetoken_error *error) {
    const char *data = api->options->values[OPTION_DATA];
    if (data != NULL && data[0] == '@') {
        return api_open_file(api, data + 1, error);
    }
    api->text = data == NULL ? "" : data;
    api->length = (int64_t)strlen(api->text);
    api->can_repeat = true;
    return true;
}

/* ---- the token ------------------------------------------------------------------------------- */

static bool api_take_token(void *user, const pinetoken_token *token, pinetoken_error *error) {
    struct api *api = user;
    (void)error;
    memcpy(api->token, token->access_token.data, token->access_token.size);
    api->token_size = token->access_token.size;
    return true;
}

static bool api_get_token(struct api *api, bool refresh, pinetoken_error *error) {
    const struct fetch fetch = {.options = api->options,
                                .console = api->console,
                                .policy = {.refresh = refresh},
                                .use = api_take_token,
                                .user = api,
                                .may_fetch_again = !refresh,
                                .is_new = &api->is_new};
    return fetch_token(&fetch, error);
}

static void api_log_event(void *user, const pinetoken_event *event) {
    console_event(user, event);
}

static void api_warn(void *user, const char *text) {
    struct api *api = user;
    console_warn(api->console, text);
}

/* ---- the call -------------------------------------------------------------------------------- */

static struct log api_log(const struct api *api) {
    return (struct log){api_log_event, api->console, console_level(api->console)};
}

/* The run of a page's tries. Whether there was a response. */
static bool api_try(void *user, pinetoken_error *error) {
    struct api *api = user;
    const struct worker_job job = {
        .run = api_work, .user = api, .warn = api_warn, .input = api->input, .output = api->output};
    const span request = {api->token, api->token_size};
    int64_t left = api->tries.deadline - clock_monotonic_ms();
    return worker_run(&job, request, left > 0 ? left : 0, &api->result, error);
}

/* What the worker reports on the list. False: there is no other page. */
static bool api_take_next(struct api *api) {
    const struct worker_result *result = &api->result;
    if (result->token_size < 2 || result->token_size > sizeof api->next) {
        return false;
    }
    api->has_elements = result->token[0] == '1';
    memcpy(api->next, result->token + 1, (size_t)result->token_size - 1);
    api->next[result->token_size - 1] = '\0';
    return true;
}

/* Every page. Whether the last one that was called had a response. */
static bool api_make_call(struct api *api, pinetoken_error *error) {
    const struct options *options = api->options;
    bool done = false;
    api->tries = (struct tries){.run = api_try,
                                .user = api,
                                .max = options->retries,
                                .deadline = options->deadline,
                                .log = api_log(api)};
    do {
        api->tries.retries = 0;
        done = tries_run(&api->tries, error);
    } while (done && api_take_next(api));
    explicit_bzero(api->token, sizeof api->token);
    return done;
}

static bool api_is_unauthorized(const struct api *api, const pinetoken_error *error) {
    return api_refuses_unauthorized(api) && error->status == PINETOKEN_REJECTED &&
           error->http_status == 401;
}

/* The cached token was refused, and its call cannot be made again: the next one fetches another. */
static bool api_drop_token(const struct api *api) {
    pinetoken_error error;
    return api->result.response.http_status == 401 && !api->is_new &&
           fetch_forget(api->options, api->console, &error);
}

/* The request ID has been escaped. */
static bool api_fail_status(const struct api *api, pinetoken_error *error) {
    const pinetoken_response *response = &api->result.response;
    error_begin(error, PINETOKEN_REJECTED, "api: the response is HTTP ");
    error_add_number(error, response->http_status);
    if (response->request_id[0] != '\0') {
        error_add(error, ", request ID ");
        error_add(error, response->request_id);
    }
    error->http_status = response->http_status;
    return error_advise(error, api_drop_token(api)
                                   ? "the cached token was refused and is dropped: run it again"
                                   : "its body says why");
}

static bool api_open_output(struct api *api, pinetoken_error *error) {
    api->output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, WORKER_PLACES);
    return api->output >= 0 || output_fail(errno, error);
}

static bool api_shares_output(void) {
    struct stat output;
    struct stat errors;
    return fstat(STDOUT_FILENO, &output) == 0 && fstat(STDERR_FILENO, &errors) == 0 &&
           output.st_dev == errors.st_dev && output.st_ino == errors.st_ino;
}

static bool api_run(struct api *api, pinetoken_error *error) {
    api->is_shared = api_shares_output();
    if (!api_check(api, error) || !api_open_output(api, error) || !api_open_data(api, error) ||
        !api_get_token(api, api->options->counts[OPTION_REFRESH] > 0, error)) {
        return false;
    }
    bool done = api_make_call(api, error);
    /* A cached token may have been revoked: another one, once. */
    if (!done && api_is_unauthorized(api, error)) {
        if (api->input >= 0) {
            lseek(api->input, 0, SEEK_SET);
        }
        done = api_get_token(api, true, error) && api_make_call(api, error);
    }
    return done;
}

bool cmd_api(struct invocation *invocation, pinetoken_error *error) {
    static struct api api;
    api.options = invocation->options;
    api.console = invocation->console;
    api.input = -1;
    api.output = -1;
    bool done = api_run(&api, error);
    if (done && api.result.response.http_status / 100 != 2) {
        invocation->exit_code = API_EXIT_NO_2XX;
        done = api_fail_status(&api, error);
    }
    credentials_forget_environment();
    explicit_bzero(api.token, sizeof api.token);
    if (api.input >= 0) {
        close(api.input);
    }
    if (api.output >= 0) {
        close(api.output);
    }
    return done;
}
