/* A call of the Admin API. The worker that makes it has the body's source and standard output as
 * they are: what comes from the network goes there unread by anybody. */
#include "api/api.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/configuration.h"
#include "cli/fetch.h"
#include "client/client.h"
#include "os/clock.h"
#include "os/io.h"
#include "os/secure_memory.h"
#include "sandbox/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define API_URL_MAX 4096
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
    char token[LIMIT_TOKEN];
    size_t token_size;
    struct worker_result result;
    int64_t deadline; /* of all pages, as clock_ms(CLOCK_MONOTONIC) has it */
    char *page;       /* NULL: the answer goes out as it comes */
    size_t page_size;
    bool is_too_large;                            /* for PINETOKEN_PAGE_MAX */
    bool has_elements;                            /* the array so far */
    char next[sizeof((pinetoken_page *)0)->next]; /* of the page to call; "": the first */
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
    struct api *api = user;
    if (api->page == NULL) {
        return io_write(real_output, data, size);
    }
    api->is_too_large = size > PINETOKEN_PAGE_MAX - api->page_size;
    if (!api->is_too_large) {
        memcpy(api->page + api->page_size, data, size);
        api->page_size += size;
    }
    return !api->is_too_large;
}

static void api_log_event(void *user, const pinetoken_event *event) {
    struct api *api = user;
    console_event(api->console, event);
}

static bool write_url(const struct api *api, char *out) {
    const struct options *options = api->options;
    struct text url;
    const char *base = configuration_value(options, OPTION_API_URL, "https://api.pinecone.io");
    size_t size = strlen(base);
    text_init(&url, out, API_URL_MAX);
    text_append_bytes(&url, base, size > 0 && base[size - 1] == '/' ? size - 1 : size);
    text_append(&url, options->path);
    if (api->next[0] != '\0') {
        text_append(&url, strchr(options->path, '?') != NULL ? "&" : "?");
        text_append(&url, "paginationToken=");
        text_append(&url, api->next);
    }
    return url.size + 1 < API_URL_MAX;
}

static pinetoken *make_client(struct api *api, pinetoken_error *error) {
    char url[API_URL_MAX];
    pinetoken_config config;
    if (!write_url(api, url)) {
        error_set(error, PINETOKEN_USAGE, "api: PATH is too long", "");
        return NULL;
    }
    configuration_fill(&config, api->options);
    config.token_url = url;
    config.headers = api->options->lists[OPTION_HEADER];
    /* Not sent: who calls is told by the token. */
    config.client_id = "-";
    config.log = api_log_event;
    config.log_level = console_level(api->console);
    config.user = api;
    return pinetoken_new(&config, error);
}

static bool read_token(struct api *api) {
    return io_read(STDIN_FILENO, api->token, sizeof api->token, IO_NO_DEADLINE, &api->token_size) &&
           api->token_size > 0;
}

static bool call(struct api *api, pinetoken *client, struct worker_result *result) {
    int64_t left = api->deadline - clock_ms(CLOCK_MONOTONIC);
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
    if (pinetoken_make_call(client, &request, left > 0 ? left : 0, &result->response,
                            &result->error) != PINETOKEN_OK) {
        return false;
    }
    result->error.status = PINETOKEN_OK;
    return true;
}

/* What stands in front of a page's elements in the one array. */
static const char *before(const struct api *api, bool has_elements) {
    if (api->next[0] == '\0') {
        return "[";
    }
    return api->has_elements && has_elements ? "," : "";
}

static bool print(const char *text, size_t size, pinetoken_error *error) {
    return io_write(real_output, text, size) ||
           error_set_parts(error, PINETOKEN_LOCAL,
                           ERROR_PARTS("standard output: cannot be written: ", strerror(errno)),
                           "check where it leads");
}

/* True: there is another one. */
static bool print_page(struct api *api, struct worker_result *result) {
    pinetoken_page page;
    pinetoken_error *error = &result->error;
    if (result->response.http_status / 100 != 2) {
        (void)print(api->page, api->page_size, error);
        return false;
    }
    if (!pinetoken_read_page(api->page, api->page_size, &page, error)) {
        return false;
    }
    if (page.next[0] != '\0' && strcmp(page.next, api->next) == 0) {
        return error_set(error, PINETOKEN_PROTOCOL, "api: a page of the list leads to itself", "");
    }
    const char *start = before(api, page.elements.size > 0);
    const char *end = page.next[0] == '\0' ? "]\n" : "";
    api->has_elements = api->has_elements || page.elements.size > 0;
    memcpy(api->next, page.next, sizeof api->next);
    return print(start, strlen(start), error) &&
           print(page.elements.data, page.elements.size, error) && print(end, strlen(end), error) &&
           page.next[0] != '\0';
}

/* True: there is another page to call. */
static bool call_once(struct api *api, struct worker_result *result) {
    struct requirements requirements;
    const struct log log = {api_log_event, api, console_level(api->console)};
    pinetoken *client = make_client(api, &result->error);
    bool goes_on = client != NULL;
    if (goes_on && api->token_size == 0) {
        client_requirements(client, &requirements);
        sandbox_enter(&requirements, &log);
        goes_on = read_token(api) ||
                  error_set(&result->error, PINETOKEN_INTERNAL, "worker: got no request", "");
    }
    api->page_size = 0;
    goes_on = goes_on && call(api, client, result);
    pinetoken_free(client);
    /* A token that is refused later on is no reason to print the list again. */
    api->refuse_unauthorized = false;
    if (api->is_too_large) {
        return error_set(&result->error, PINETOKEN_PROTOCOL,
                         "api: a page of the list is larger than 4 MiB", "ask for less, by limit=");
    }
    return goes_on && api->page != NULL && print_page(api, result);
}

static void work(void *user, struct worker_result *result) {
    struct api *api = user;
    api->console->warning[0] = '\0';
    memset(api->token, 0, sizeof api->token);
    api->token_size = 0;
    credentials_forget_environment();
    if (api->options->counts[OPTION_PAGINATE] > 0) {
        api->page = malloc(PINETOKEN_PAGE_MAX);
    }
    if (api->page == NULL && api->options->counts[OPTION_PAGINATE] > 0) {
        error_set(&result->error, PINETOKEN_INTERNAL, "api: out of memory", "");
        return;
    }
    while (call_once(api, result)) {
    }
    free(api->page);
    memcpy(result->warning, api->console->warning, sizeof result->warning);
    explicit_bzero(api->token, sizeof api->token);
}

/* ---- in the parent --------------------------------------------------------------------------- */

static bool fail_data(pinetoken_error *error) {
    return error_set_parts(error, PINETOKEN_LOCAL,
                           ERROR_PARTS("--data: the file cannot be read: ", strerror(errno)),
                           "check its name and mode");
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
                                .policy = {.refresh = refresh},
                                .use = take_token,
                                .user = api,
                                .may_fetch_again = !refresh,
                                .is_new = &api->is_new};
    return fetch_token(&fetch, error);
}

static void api_warn(void *user, const char *text) {
    struct api *api = user;
    console_warn(api->console, text);
}

/* Whether there was an answer. */
static bool make_call(struct api *api, pinetoken_error *error) {
    const struct worker_job job = {
        .run = work, .user = api, .warn = api_warn, .input = api->input, .output = real_output};
    const span request = {api->token, api->token_size};
    api->refuse_unauthorized = !api->is_new && api->can_repeat;
    api->deadline = clock_ms(CLOCK_MONOTONIC) + api->options->timeout_ms;
    bool done = worker_run(&job, request, api->options->timeout_ms, &api->result, error);
    explicit_bzero(api->token, sizeof api->token);
    return done;
}

static bool is_unauthorized(const struct api *api, const pinetoken_error *error) {
    return api->refuse_unauthorized && error->status == PINETOKEN_REJECTED &&
           error->http_status == 401;
}

static bool fail_status(const struct api *api, int *exit_code, pinetoken_error *error) {
    char digits[24];
    struct text number;
    const pinetoken_response *answer = &api->result.response;
    bool has_id = answer->request_id[0] != '\0';
    text_init(&number, digits, sizeof digits);
    text_append_number(&number, answer->http_status);
    *exit_code = EXIT_NO_2XX;
    return error_set_parts(error, PINETOKEN_REJECTED,
                           ERROR_PARTS("api: answered HTTP ", digits, has_id ? ", request id " : "",
                                       has_id ? answer->request_id : ""),
                           "its body says why");
}

static bool run(struct api *api, int *exit_code, pinetoken_error *error) {
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
    return api->result.response.http_status / 100 == 2 || fail_status(api, exit_code, error);
}

bool cmd_api(struct invocation *invocation, pinetoken_error *error) {
    static struct api api;
    api.options = invocation->options;
    api.console = invocation->console;
    real_output = dup(STDOUT_FILENO);
    bool done = run(&api, &invocation->exit_code, error);
    credentials_forget_environment();
    explicit_bzero(api.token, sizeof api.token);
    if (api.input >= 0) {
        close(api.input);
    }
    close(real_output);
    return done;
}
