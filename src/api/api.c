/* A call of the Admin API. The worker that makes it has the source of the body and standard output
 * as they are: what comes from the network goes there, and no other process reads it. */
#include "api/api.h"
#include "api/page.h"
#include "base/error.h"
#include "base/limits.h"
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

/* Longer than any URL that is valid, LIMIT_URL: those that are too long are reported as that. */
#define API_URL_MAX 4096
#define API_EXIT_NO_2XX 22

struct api {
    const struct options *options;
    struct console *console;
    const char *text; /* the body of the request, or what is left of it; NULL: it comes from ... */
    int input;        /* ... here; -1: there is none */
    int output;       /* standard output, which the worker has as another descriptor */
    int64_t length;   /* of the body; -1: not known */
    bool can_repeat;  /* the body can be sent again */
    bool refuse_unauthorized;
    bool is_new; /* the token was fetched just now */
    char token[LIMIT_TOKEN];
    size_t token_size;
    struct worker_result result;
    int64_t deadline; /* of all pages, in monotonic milliseconds */
    char *page;       /* NULL: the response goes out as it comes */
    size_t page_size;
    bool is_too_large;                         /* for PAGE_MAX */
    bool has_elements;                         /* the array so far */
    char next[sizeof((struct page *)0)->next]; /* of the page to call; "": the first */
};

/* ---- in the worker: one page ------------------------------------------------------------------
 */

static bool api_read_text(struct api *api, char *data, size_t capacity, size_t *size) {
    size_t left = strlen(api->text);
    *size = left < capacity ? left : capacity;
    memcpy(data, api->text, *size);
    api->text += *size;
    return true;
}

static bool api_read_data(void *user, char *data, size_t capacity, size_t *size) {
    struct api *api = user;
    if (api->text != NULL) {
        return api_read_text(api, data, capacity, size);
    }
    ssize_t got = 0;
    do {
        got = read(api->input, data, capacity);
    } while (got < 0 && errno == EINTR);
    *size = got > 0 ? (size_t)got : 0;
    return got >= 0;
}

static bool api_write_data(void *user, const char *data, size_t size) {
    struct api *api = user;
    if (api->page == NULL) {
        return io_write(api->output, data, size);
    }
    api->is_too_large = size > PAGE_MAX - api->page_size;
    if (!api->is_too_large) {
        memcpy(api->page + api->page_size, data, size);
        api->page_size += size;
    }
    return !api->is_too_large;
}

static bool api_write_url(const struct api *api, char out[API_URL_MAX], pinetoken_error *error) {
    const struct options *options = api->options;
    span base = span_text(configuration_value(options, OPTION_API_URL, "https://api.pinecone.io"));
    bool has_slash = base.size > 0 && base.data[base.size - 1] == '/';
    struct buffer url;
    buffer_init(&url, out, API_URL_MAX - 1);
    buffer_append(&url, span_cut(base, 0, base.size - (has_slash ? 1 : 0)));
    buffer_append_text(&url, options->path);
    if (api->next[0] != '\0') {
        buffer_append_text(&url, strchr(options->path, '?') != NULL ? "&" : "?");
        buffer_append_text(&url, "paginationToken=");
        buffer_append_text(&url, api->next);
    }
    out[url.size] = '\0';
    return !url.overflow || error_set(error, PINETOKEN_USAGE, "api: the URL is too long", "");
}

static bool api_call(struct api *api, pinetoken *client, struct worker_result *result) {
    char url[API_URL_MAX];
    pinetoken_call call;
    int64_t left = api->deadline - clock_monotonic_ms();
    if (!api_write_url(api, url, &result->error)) {
        return false;
    }
    pinetoken_call_init(&call);
    call.url = url;
    call.method = api->options->method;
    call.token = (span){api->token, api->token_size};
    call.headers = api->options->lists[OPTION_HEADER];
    call.content_type = api->length == 0 ? NULL : "application/json";
    call.content_length = api->length;
    call.with_head = api->options->counts[OPTION_INCLUDE] > 0;
    call.refuse_unauthorized = api->refuse_unauthorized;
    call.read = api_read_data;
    call.write = api_write_data;
    call.user = api;
    if (pinetoken_make_call(client, &call, left > 0 ? left : 0, &result->response,
                            &result->error) != PINETOKEN_OK) {
        return false;
    }
    result->error.status = PINETOKEN_OK;
    return true;
}

static bool api_print(const struct api *api, span text, pinetoken_error *error) {
    return io_write(api->output, text.data, text.size) ||
           error_set_parts(error, PINETOKEN_LOCAL,
                           ERROR_PARTS("standard output: cannot be written: ", strerror(errno)),
                           "check where it leads");
}

/* What stands in front of the elements of a page in the one array. */
static span api_separator(const struct api *api, const struct page *page) {
    if (api->next[0] == '\0') {
        return SPAN("[");
    }
    return api->has_elements && page->elements.size > 0 ? SPAN(",") : SPAN("");
}

/* True: there is another one. */
static bool api_print_page(struct api *api, pinetoken_error *error) {
    struct page page;
    if (!page_read(api->page, api->page_size, &page, error)) {
        return false;
    }
    bool is_last = page.next[0] == '\0';
    if (!is_last && strcmp(page.next, api->next) == 0) {
        return error_set(error, PINETOKEN_PROTOCOL, "api: a page of the list leads to itself", "");
    }
    span separator = api_separator(api, &page);
    api->has_elements = api->has_elements || page.elements.size > 0;
    memcpy(api->next, page.next, sizeof api->next);
    return api_print(api, separator, error) && api_print(api, page.elements, error) &&
           api_print(api, is_last ? SPAN("]\n") : SPAN(""), error) && !is_last;
}

/* True: there is another page to call. */
static bool api_call_page(struct api *api, pinetoken *client, struct worker_result *result) {
    pinetoken_error *error = &result->error;
    api->page_size = 0;
    bool done = api_call(api, client, result);
    /* A token that is refused later on is no reason to print the list again. */
    api->refuse_unauthorized = false;
    if (api->is_too_large) {
        return error_set(error, PINETOKEN_PROTOCOL,
                         "api: a page of the list is larger than " LIMIT_TEXT(PAGE_MAX) " bytes",
                         "ask for fewer elements, for example with limit=100");
    }
    if (!done || api->page == NULL) {
        return false;
    }
    if (result->response.http_status / 100 != 2) {
        api_print(api, (span){api->page, api->page_size}, error);
        return false;
    }
    return api_print_page(api, error);
}

/* ---- in the worker: all of it -----------------------------------------------------------------
 */

static void api_log_event(void *user, const pinetoken_event *event) {
    struct api *api = user;
    console_event(api->console, event);
}

/* One for all pages. It has no credentials: the token tells who calls. */
static pinetoken *api_new_client(struct api *api, pinetoken_error *error) {
    pinetoken_config config;
    configuration_fill(&config, api->options);
    config.log = api_log_event;
    config.log_level = console_level(api->console);
    config.user = api;
    return pinetoken_new(&config, error);
}

static bool api_read_token(struct api *api, pinetoken_error *error) {
    bool done =
        io_read(STDIN_FILENO, api->token, sizeof api->token, IO_NO_DEADLINE, &api->token_size) &&
        api->token_size > 0;
    return done || error_set(error, PINETOKEN_INTERNAL, "worker: got no request", "");
}

static bool api_enter_sandbox(struct api *api, pinetoken *client, pinetoken_error *error) {
    char url[API_URL_MAX];
    struct requirements requirements;
    const struct log log = {api_log_event, api, console_level(api->console)};
    if (!api_write_url(api, url, error) ||
        !client_call_requirements(client, url, &requirements, error)) {
        return false;
    }
    sandbox_enter(&requirements, &log);
    /* URL and body may be values of pinetoken's own variables. */
    sandbox_wipe_environment("PINETOKEN_");
    return true;
}

static bool api_allocate_page(struct api *api, pinetoken_error *error) {
    if (api->options->counts[OPTION_PAGINATE] > 0) {
        api->page = malloc(PAGE_MAX);
        return api->page != NULL || error_set(error, PINETOKEN_INTERNAL, "api: out of memory", "");
    }
    return true;
}

static void api_work(void *user, struct worker_result *result) {
    struct api *api = user;
    api->console->warning[0] = '\0';
    explicit_bzero(api->token, sizeof api->token);
    credentials_forget_environment();
    pinetoken *client = api_new_client(api, &result->error);
    if (client != NULL && api_allocate_page(api, &result->error) &&
        api_enter_sandbox(api, client, &result->error) && api_read_token(api, &result->error)) {
        while (api_call_page(api, client, result)) {
        }
    }
    pinetoken_free(client);
    free(api->page);
    memcpy(result->warning, api->console->warning, sizeof result->warning);
    explicit_bzero(api->token, sizeof api->token);
}

/* ---- in the parent --------------------------------------------------------------------------- */

static bool api_fail_data(pinetoken_error *error) {
    return error_set_parts(error, PINETOKEN_LOCAL,
                           ERROR_PARTS("--data: the file cannot be read: ", strerror(errno)),
                           "check its name and mode");
}

static bool api_open_file(struct api *api, const char *name, pinetoken_error *error) {
    struct stat facts;
    api->input =
        strcmp(name, "-") == 0 ? dup(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
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
    api->input = -1;
    if (data != NULL && data[0] == '@') {
        return api_open_file(api, data + 1, error);
    }
    api->text = data == NULL ? "" : data;
    api->length = (int64_t)strlen(api->text);
    api->can_repeat = true;
    return true;
}

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

static void api_warn(void *user, const char *text) {
    struct api *api = user;
    console_warn(api->console, text);
}

/* Whether there was a response. */
static bool api_make_call(struct api *api, pinetoken_error *error) {
    const struct worker_job job = {
        .run = api_work, .user = api, .warn = api_warn, .input = api->input, .output = api->output};
    const span request = {api->token, api->token_size};
    api->refuse_unauthorized = !api->is_new && api->can_repeat;
    api->deadline = clock_monotonic_ms() + api->options->timeout_ms;
    bool done = worker_run(&job, request, api->options->timeout_ms, &api->result, error);
    explicit_bzero(api->token, sizeof api->token);
    return done;
}

static bool api_is_unauthorized(const struct api *api, const pinetoken_error *error) {
    return api->refuse_unauthorized && error->status == PINETOKEN_REJECTED &&
           error->http_status == 401;
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
    return error_advise(error, "its body says why");
}

static bool api_run(struct api *api, pinetoken_error *error) {
    if (!api_open_data(api, error) ||
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
    api.output = dup(STDOUT_FILENO);
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
    close(api.output);
    return done;
}
