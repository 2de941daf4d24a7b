/* The worker of a call has the source of the request's body and standard output as they are: what
 * comes from the network goes there, and no other process reads it. */
#include "api/state.h"
#include "base/error.h"
#include "cli/configuration.h"
#include "cli/credentials.h"
#include "cli/output.h"
#include "client/client.h"
#include "http/call.h"
#include "os/clock.h"
#include "os/io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Longer than any URL that is valid, LIMIT_URL: those that are too long are reported as that. */
#define API_URL_MAX 4096

/* One page, which goes out as it comes, or is collected. */
struct api_page {
    struct api *api;
    char *data; /* NULL: as it comes */
    size_t size;
    bool is_too_large; /* for PAGE_MAX */
    char last;         /* byte that was printed; NUL: none */
    bool is_late;      /* the body of the request did not come in time */
    int write_errno;   /* errno of writing standard output; 0: it did not fail */
};

/* ---- the body of the request, and the response ----------------------------------------------- */

static bool api_read_text(struct api *api, char *data, size_t capacity, size_t *size) {
    size_t left = strlen(api->text);
    *size = left < capacity ? left : capacity;
    memcpy(data, api->text, *size);
    api->text += *size;
    return true;
}

static bool api_read_data(void *user, char *data, size_t capacity, size_t *size) {
    struct api_page *page = user;
    if (page->api->text != NULL) {
        return api_read_text(page->api, data, capacity, size);
    }
    bool done = io_read_part(WORKER_INPUT, data, capacity, page->api->tries.deadline, size);
    page->is_late = !done && errno == ETIMEDOUT;
    return done;
}

static void api_record_last(struct api_page *page, span text) {
    if (text.size > 0) {
        page->last = text.data[text.size - 1];
    }
}

static bool api_write_data(void *user, const char *data, size_t size) {
    struct api_page *page = user;
    if (page->data == NULL) {
        api_record_last(page, (span){data, size});
        page->write_errno = io_write(WORKER_OUTPUT, data, size) ? 0 : errno;
        return page->write_errno == 0;
    }
    page->is_too_large = size > PAGE_MAX - page->size;
    if (!page->is_too_large) {
        memcpy(page->data + page->size, data, size);
        page->size += size;
    }
    return !page->is_too_large;
}

static bool api_print(struct api_page *page, span text, pinetoken_error *error) {
    api_record_last(page, text);
    return io_write(WORKER_OUTPUT, text.data, text.size) || output_fail(errno, error);
}

/* An error's line must not stick to a body without a line end, if both lead to one place. */
static void api_end_line(const struct api_page *page, const struct worker_result *result) {
    bool fails = result->error.status != PINETOKEN_OK || result->response.http_status / 100 != 2;
    bool is_open = page->last != '\0' ? page->last != '\n' : page->api->next[0] != '\0';
    if (fails && is_open && page->api->is_shared) {
        io_write(WORKER_OUTPUT, "\n", 1);
    }
}

/* ---- the call -------------------------------------------------------------------------------- */

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

/* What is fixed by the options. */
static void api_fill_call(const struct api *api, const char *url, pinetoken_call *call) {
    pinetoken_call_init(call);
    call->url = url;
    call->method = api->options->method;
    call->headers = api->options->lists[OPTION_HEADER];
    call->with_head = api->options->counts[OPTION_INCLUDE] > 0;
}

bool api_check(const struct api *api, pinetoken_error *error) {
    char url[API_URL_MAX];
    struct url parsed;
    pinetoken_call call;
    if (!api_write_url(api, url, error) || !url_parse(span_text(url), &parsed, error)) {
        return false;
    }
    api_fill_call(api, url, &call);
    return call_check(&call, error);
}

static bool api_call(struct api_page *page, pinetoken *client, struct worker_result *result) {
    const struct api *api = page->api;
    char url[API_URL_MAX];
    pinetoken_call call;
    int64_t left = api->tries.deadline - clock_monotonic_ms();
    if (!api_write_url(api, url, &result->error)) {
        return false;
    }
    api_fill_call(api, url, &call);
    call.token = (span){api->token, api->token_size};
    call.content_type = api->length == 0 ? NULL : "application/json";
    call.content_length = api->length;
    call.refuse_unauthorized = api_refuses_unauthorized(api);
    call.refuse_transient = api->tries.retries < api->tries.max;
    call.read = api_read_data;
    call.write = api_write_data;
    call.user = page;
    if (pinetoken_make_call(client, &call, left > 0 ? left : 0, &result->response,
                            &result->error) == PINETOKEN_OK) {
        return true;
    }
    if (page->write_errno != 0) {
        return output_fail(page->write_errno, &result->error);
    }
    return page->is_late &&
           error_set(&result->error, PINETOKEN_TIMEOUT,
                     "timeout: the time ran out in reading the body of the request",
                     "check who writes it, or give a larger --timeout");
}

/* What stands in front of the elements of a page in the one array. */
static span api_separator(const struct api *api, const struct page *page) {
    if (api->next[0] == '\0') {
        return SPAN("[");
    }
    return api->has_elements && page->elements.size > 0 ? SPAN(",") : SPAN("");
}

static bool api_print_list(struct api_page *page, struct worker_result *result) {
    const struct api *api = page->api;
    pinetoken_error *error = &result->error;
    struct page list;
    if (!page_read(page->data, page->size, &list, error)) {
        return false;
    }
    bool is_last = list.next[0] == '\0';
    if (!is_last && strcmp(list.next, api->next) == 0) {
        return error_set(error, PINETOKEN_PROTOCOL, "api: a page of the list leads to itself", "");
    }
    if (!is_last) {
        result->token[0] = api->has_elements || list.elements.size > 0 ? '1' : '0';
        result->token_size = 1 + strlen(list.next);
        memcpy(result->token + 1, list.next, strlen(list.next));
    }
    return api_print(page, api_separator(api, &list), error) &&
           api_print(page, list.elements, error) &&
           api_print(page, is_last ? SPAN("]\n") : SPAN(""), error);
}

static bool api_call_page(struct api_page *page, pinetoken *client, struct worker_result *result) {
    bool done = api_call(page, client, result);
    if (page->is_too_large) {
        return error_set(&result->error, PINETOKEN_PROTOCOL,
                         "api: a page of the list is larger than " LIMIT_TEXT(PAGE_MAX) " bytes",
                         "ask for fewer elements, for example with limit=100");
    }
    if (!done || page->data == NULL) {
        return done;
    }
    return result->response.http_status / 100 == 2
               ? api_print_list(page, result)
               : api_print(page, (span){page->data, page->size}, &result->error);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void api_log_event(void *user, const pinetoken_event *event) {
    const struct api *api = user;
    console_event(api->console, event);
}

/* It has no credentials: the token identifies the caller. */
static pinetoken *api_new_client(struct api *api, pinetoken_error *error) {
    pinetoken_config config;
    configuration_fill(&config, api->options);
    config.retries = 0;
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

static void api_narrow(void *user) {
    (void)user;
    sandbox_narrow();
}

static bool api_enter_sandbox(struct api *api, pinetoken *client, pinetoken_error *error) {
    char url[API_URL_MAX];
    struct requirements requirements;
    const struct log log = {api_log_event, api, console_level(api->console)};
    if (!api_write_url(api, url, error) ||
        !client_call_requirements(client, url, &requirements, error)) {
        return false;
    }
    requirements.has_streams = true;
    client_on_connected(client, api_narrow);
    sandbox_enter(&requirements, &log);
    /* URL and body may be values of pinetoken's own variables. */
    sandbox_wipe_environment("PINETOKEN_");
    return true;
}

static bool api_allocate_page(struct api_page *page, pinetoken_error *error) {
    if (page->api->options->counts[OPTION_PAGINATE] > 0) {
        page->data = malloc(PAGE_MAX);
        return page->data != NULL || error_out_of_memory("api", error);
    }
    return true;
}

void api_work(void *user, struct worker_result *result) {
    struct api *api = user;
    struct api_page page = {.api = api};
    api->console->warning[0] = '\0';
    explicit_bzero(api->token, sizeof api->token);
    credentials_forget_environment();
    pinetoken *client = api_new_client(api, &result->error);
    if (client != NULL && api_allocate_page(&page, &result->error) &&
        api_enter_sandbox(api, client, &result->error) && api_read_token(api, &result->error) &&
        api_call_page(&page, client, result)) {
        result->error.status = PINETOKEN_OK;
    }
    api_end_line(&page, result);
    pinetoken_free(client);
    free(page.data);
    memcpy(result->warning, api->console->warning, sizeof result->warning);
    explicit_bzero(api->token, sizeof api->token);
}
