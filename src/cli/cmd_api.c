/* A call of the Admin API. The worker that makes it has the body's source and standard output as
 * they are: what comes from the network goes there unread by anybody. */
#include "commands.h"
#include "configuration.h"
#include "fail.h"
#include "fetch.h"
#include "io.h"
#include "lockdown.h"
#include "text.h"
#include "vault.h"
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define URL_MOST 4096
#define GRACE_MS 1000
#define EXIT_NO_2XX 22

struct api {
    const struct options *options;
    struct console *console;
    const char *text; /* the request's body, or what is left of it; NULL: it comes from ... */
    int input;        /* ... here; -1: there is none */
    int64_t length;   /* of what is to be sent; -1: not known */
    bool can_repeat;  /* the body can be sent again */
    bool refuse_unauthorized;
    bool is_new; /* the token was fetched just now */
    char token[TOKEN_MOST];
    size_t token_size;
    struct outcome outcome;
};

/* ---- in the worker --------------------------------------------------------------------------- */

static bool read_text(struct api *api, char *data, size_t capacity, size_t *size) {
    size_t left = strlen(api->text);
    *size = left < capacity ? left : capacity;
    memcpy(data, api->text, *size);
    api->text += *size;
    return true;
}

static bool read_data(void *user, char *data, size_t capacity, size_t *size) {
    struct api *api = user;
    if (api->text != NULL) {
        return read_text(api, data, capacity, size);
    }
    ssize_t got = 0;
    do {
        got = read(api->input, data, capacity);
    } while (got < 0 && errno == EINTR);
    *size = got > 0 ? (size_t)got : 0;
    return got >= 0;
}

/* Behind the pipes in place of standard input and output lies the real one. */
static int real_output;

static bool write_data(void *user, const char *data, size_t size) {
    (void)user;
    return io_write(real_output, data, size);
}

static void log_event(void *user, const pinetoken_event *event) {
    struct api *api = user;
    console_event(api->console, event);
}

static bool write_url(const struct options *options, char *out) {
    struct text url;
    const char *base = configuration_value(options, OPTION_API_URL, "https://api.pinecone.io");
    size_t size = strlen(base);
    text_init(&url, out, URL_MOST);
    text_append_bytes(&url, base, size > 0 && base[size - 1] == '/' ? size - 1 : size);
    text_append(&url, options->path);
    return url.size + 1 < URL_MOST;
}

static pinetoken *make_client(struct api *api, pinetoken_error *error) {
    char url[URL_MOST];
    pinetoken_config config;
    if (!write_url(api->options, url)) {
        (void)FAIL(error, PINETOKEN_USAGE, "api: PATH is too long");
        return NULL;
    }
    configuration_fill(&config, api->options);
    config.token_url = url;
    config.headers = api->options->lists[OPTION_HEADER];
    /* Not sent: who calls is told by the token. */
    config.client_id = "-";
    config.log = log_event;
    config.user = api;
    return pinetoken_new(&config, error);
}

static bool read_token(struct api *api) {
    size_t size = 0;
    ssize_t got = 0;
    do {
        got = read(STDIN_FILENO, api->token + size, sizeof api->token - size);
        size += got > 0 ? (size_t)got : 0;
    } while (got > 0 || (got < 0 && errno == EINTR));
    api->token_size = size;
    return got == 0 && size > 0;
}

static void call(struct api *api, pinetoken *client, struct outcome *outcome) {
    pinetoken_needs needs;
    pinetoken_list_needs(client, &needs);
    lockdown(&needs, api->console);
    if (!read_token(api)) {
        (void)FAIL(&outcome->error, PINETOKEN_INTERNAL, "worker: got no request");
        return;
    }
    const pinetoken_call request = {
        .method = api->options->method,
        .token = {api->token, api->token_size},
        .content_type = api->length == 0 ? NULL : "application/json",
        .content_length = api->length,
        .with_head = api->options->counts[OPTION_INCLUDE] > 0,
        .refuse_unauthorized = api->refuse_unauthorized,
        .read = read_data,
        .write = write_data,
        .user = api,
    };
    if (pinetoken_make_call(client, &request, api->options->timeout_ms, &outcome->answer,
                            &outcome->error) == PINETOKEN_OK) {
        outcome->error.status = PINETOKEN_OK;
    }
}

static void work(void *user, struct outcome *outcome) {
    struct api *api = user;
    memset(api->token, 0, sizeof api->token);
    credentials_forget_environment();
    pinetoken *client = make_client(api, &outcome->error);
    if (client != NULL) {
        call(api, client, outcome);
    }
    pinetoken_free(client);
    memcpy(outcome->warning, api->console->warning, sizeof outcome->warning);
    explicit_bzero(api->token, sizeof api->token);
}

/* ---- in the parent --------------------------------------------------------------------------- */

static bool fail_data(pinetoken_error *error) {
    return FAIL(error, PINETOKEN_LOCAL, "--data: the file cannot be read: ", strerror(errno),
                " (check its name and mode)");
}

/* A file's length is known, and it can be read again. */
static bool open_data(struct api *api, pinetoken_error *error) {
    const char *data = api->options->values[OPTION_DATA];
    struct stat facts;
    api->input = -1;
    if (data == NULL || data[0] != '@') {
        api->text = data == NULL ? "" : data;
        api->length = (int64_t)strlen(api->text);
        api->can_repeat = true;
        return true;
    }
    api->input = strcmp(data, "@-") == 0 ? dup(STDIN_FILENO)
                                         : open(data + 1, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (api->input < 0 || fstat(api->input, &facts) != 0) {
        return fail_data(error);
    }
    if (S_ISDIR(facts.st_mode)) {
        errno = EISDIR;
        return fail_data(error);
    }
    off_t at = S_ISREG(facts.st_mode) ? lseek(api->input, 0, SEEK_CUR) : 0;
    api->length = S_ISREG(facts.st_mode) ? facts.st_size - at : -1;
    api->can_repeat = S_ISREG(facts.st_mode) && at == 0;
    return true;
}

static bool take_token(void *user, const pinetoken_token *token, pinetoken_error *error) {
    struct api *api = user;
    (void)error;
    memcpy(api->token, token->access_token.data, token->access_token.size);
    api->token_size = token->access_token.size;
    return true;
}

static bool get_token(struct api *api, bool refresh, pinetoken_error *error) {
    const struct fetch fetch = {.options = api->options,
                                .console = api->console,
                                .demand = {.refresh = refresh},
                                .use = take_token,
                                .user = api,
                                .goes_on = !refresh,
                                .is_new = &api->is_new};
    return fetch_token(&fetch, error);
}

/* Whether there was an answer. */
static bool make_call(struct api *api, pinetoken_error *error) {
    struct worker worker;
    const struct kept kept = {api->input, real_output};
    api->refuse_unauthorized = !api->is_new && api->can_repeat;
    if (!worker_start(&worker, work, api, &kept, &api->outcome, error)) {
        return false;
    }
    /* What a worker that ended already says is in its outcome. */
    (void)io_write(worker.request, api->token, api->token_size);
    explicit_bzero(api->token, sizeof api->token);
    worker_end_request(&worker);
    bool done = worker_wait(&worker, api->options->timeout_ms + GRACE_MS, error);
    if (!worker_end(&worker)) {
        console_warn(api->console, WORKER_ENDED_BADLY);
    }
    if (done && api->outcome.warning[0] != '\0') {
        console_warn(api->console, api->outcome.warning);
    }
    if (done && api->outcome.error.status != PINETOKEN_OK) {
        *error = api->outcome.error;
    }
    return done && api->outcome.error.status == PINETOKEN_OK;
}

static bool is_unauthorized(const struct api *api, const pinetoken_error *error) {
    return api->refuse_unauthorized && error->status == PINETOKEN_REJECTED &&
           error->http_status == 401;
}

static bool fail_status(const struct api *api, int *exec_status, pinetoken_error *error) {
    char digits[24];
    struct text number;
    const pinetoken_answer *answer = &api->outcome.answer;
    bool has_id = answer->request_id[0] != '\0';
    text_init(&number, digits, sizeof digits);
    text_append_number(&number, answer->http_status);
    *exec_status = EXIT_NO_2XX;
    return FAIL(error, PINETOKEN_REJECTED, "api: answered HTTP ", digits,
                has_id ? ", request id " : "", has_id ? answer->request_id : "",
                " (its body says why)");
}

static bool run(struct api *api, int *exec_status, pinetoken_error *error) {
    if (!open_data(api, error) ||
        !get_token(api, api->options->counts[OPTION_REFRESH] > 0, error)) {
        return false;
    }
    bool answered = make_call(api, error);
    /* A kept token may have been revoked: another one, once. */
    if (!answered && is_unauthorized(api, error)) {
        if (api->input >= 0) {
            (void)lseek(api->input, 0, SEEK_SET);
        }
        answered = get_token(api, true, error) && make_call(api, error);
    }
    if (!answered) {
        return false;
    }
    return api->outcome.answer.http_status / 100 == 2 || fail_status(api, exec_status, error);
}

bool cmd_api(const struct options *options, struct console *console, int *exec_status,
             pinetoken_error *error) {
    static struct api api;
    api.options = options;
    api.console = console;
    real_output = dup(STDOUT_FILENO);
    bool done = run(&api, exec_status, error);
    credentials_forget_environment();
    explicit_bzero(api.token, sizeof api.token);
    if (api.input >= 0) {
        close(api.input);
    }
    close(real_output);
    return done;
}
