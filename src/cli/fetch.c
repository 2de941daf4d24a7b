#include "cli/fetch.h"

#include "base/error.h"
#include "cli/cache_path.h"
#include "cli/configuration.h"
#include "client/client.h"
#include "os/secure_memory.h"
#include "sandbox/worker.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How much longer than its own time a worker is waited for. */
#define GRACE_MS 1000

struct context {
    const struct options *options;
    struct console *console;
    const struct credentials *given; /* NULL: they are to be found */
    pinetoken_config config;
    int64_t timeout_ms;
    struct credential id;
    struct credential *secret; /* in secure memory */
    struct worker_result result;
    pinetoken_cache *store; /* NULL: none */
    bool is_new;            /* the token is not a kept one */
    int kept_output;
};

static bool give_secret(void *user, pinetoken_span *secret) {
    const struct context *context = user;
    *secret = (pinetoken_span){context->secret->text, context->secret->size};
    return true;
}

static void *allocate(void *user, size_t size) {
    (void)user;
    return secure_memory_new(size);
}

static void release(void *user, void *memory, size_t size) {
    (void)user;
    secure_memory_free(memory, size);
}

static void fetch_log_event(void *user, const pinetoken_event *event) {
    const struct context *context = user;
    console_event(context->console, event);
}

static void configure(struct context *context) {
    pinetoken_config *config = &context->config;
    configuration_fill(config, context->options);
    config->client_id = context->id.text;
    config->secret = give_secret;
    config->allocate = allocate;
    config->release = release;
    config->log = fetch_log_event;
    config->log_level = console_level(context->console);
    config->user = context;
}

/* ---- in the worker --------------------------------------------------------------------------- */

/* The request: a struct credential. The time for it is the parent's. */
static bool read_secret(struct credential *secret) {
    size_t size = 0;
    while (size < sizeof *secret) {
        ssize_t got = read(STDIN_FILENO, (char *)secret + size, sizeof *secret - size);
        if (got <= 0 && (got == 0 || errno != EINTR)) {
            return false;
        }
        size += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static void fetch_in_worker(struct context *context, pinetoken *client,
                            struct worker_result *result) {
    struct requirements requirements;
    const pinetoken_config *config = &context->config;
    const struct log log = {config->log, config->user, config->log_level};
    pinetoken_token token;
    client_requirements(client, &requirements);
    sandbox_enter(&requirements, &log);
    if (!read_secret(context->secret)) {
        error_set(&result->error, PINETOKEN_INTERNAL, "worker: got no request", "");
        return;
    }
    if (pinetoken_fetch(client, context->timeout_ms, &token, &result->error) == PINETOKEN_OK) {
        result->error.status = PINETOKEN_OK;
        worker_result_set_token(result, &token);
    }
}

static void work(void *user, struct worker_result *result) {
    struct context *context = user;
    credentials_forget_environment();
    secure_memory_lock(context->secret, sizeof *context->secret);
    pinetoken *client = pinetoken_new(&context->config, &result->error);
    if (client != NULL) {
        fetch_in_worker(context, client, result);
    }
    pinetoken_free(client);
    memcpy(result->warning, context->console->warning, sizeof result->warning);
    secure_memory_free(context->secret, sizeof *context->secret);
}

/* ---- in the parent --------------------------------------------------------------------------- */

/* Fits into a pipe, so that it never blocks. */
_Static_assert(sizeof(struct credential) <= 2UL * PIPE_BUF, "a pipe takes it at once");

static bool hand_secret_over(struct context *context, struct worker *worker,
                             pinetoken_error *error) {
    if (context->given != NULL) {
        *context->secret = context->given->secret;
    } else if (!credentials_find_secret(context->secret, context->options, context->console,
                                        error)) {
        return false;
    }
    ssize_t written = write(worker->request_fd, context->secret, sizeof *context->secret);
    explicit_bzero(context->secret, sizeof *context->secret);
    worker_end_request(worker);
    /* What a worker that ended already says is in its result. */
    (void)written;
    return true;
}

/* A pinetoken_fetch_fn. */
static pinetoken_status fetch_by_worker(void *user, int64_t timeout_ms, pinetoken_token *token,
                                        pinetoken_error *error) {
    struct context *context = user;
    struct worker_result *result = &context->result;
    struct worker worker;
    const struct worker_descriptors descriptors = {
        -1, context->kept_output > 0 ? context->kept_output : -1};
    context->timeout_ms = timeout_ms;
    if (!worker_start(&worker, work, context, &descriptors, result, error)) {
        return error->status;
    }
    bool done = hand_secret_over(context, &worker, error) &&
                worker_wait(&worker, timeout_ms + GRACE_MS, error);
    if (!worker_end(&worker)) {
        console_warn(context->console, WORKER_ENDED_BADLY);
    }
    if (done && result->warning[0] != '\0') {
        console_warn(context->console, result->warning);
    }
    if (!done || result->error.status != PINETOKEN_OK) {
        *error = done ? result->error : *error;
        return error->status;
    }
    if (result->token_size == 0) {
        error_set(error, PINETOKEN_INTERNAL, "worker: its result has no token", "report this");
        return error->status;
    }
    context->is_new = true;
    result->obtained_at = (int64_t)time(NULL);
    result->expires_at = result->expires_in < 0 ? -1 : result->obtained_at + result->expires_in;
    *token = worker_result_token(result);
    return PINETOKEN_OK;
}

static bool open_store(struct context *context, pinetoken_error *error) {
    char room[PATH_MAX];
    const char *path = cache_path(context->options, room, sizeof room);
    if (path == NULL) {
        return true;
    }
    context->store = pinetoken_cache_open(&context->config, path, error);
    return context->store != NULL;
}

static bool prepare(struct context *context, const struct options *options, struct console *console,
                    pinetoken_error *error) {
    context->options = options;
    context->console = console;
    context->secret = secure_memory_new(sizeof *context->secret);
    if (context->secret == NULL) {
        return error_set(error, PINETOKEN_INTERNAL, "client secret: out of memory", "");
    }
    if (context->given != NULL) {
        context->id = context->given->id;
    } else if (!credentials_find_id(&context->id, options, console, error)) {
        return false;
    }
    configure(context);
    return true;
}

static void end(struct context *context) {
    pinetoken_cache_close(context->store);
    secure_memory_free(context->secret, sizeof *context->secret);
    explicit_bzero(&context->result, sizeof context->result);
}

/* Of everything there is one. */
static struct context the_context;

bool fetch_token(const struct fetch *fetch, pinetoken_error *error) {
    struct context *context = &the_context;
    const struct options *options = fetch->options;
    pinetoken_token token;
    pinetoken_cache_policy demand = fetch->demand;
    demand.min_ttl = options->min_ttl_ms / 1000;
    context->given = fetch->credentials;
    context->is_new = false;
    context->kept_output = fetch->kept_output;
    bool done = prepare(context, options, fetch->console, error) &&
                (fetch->no_store || open_store(context, error));
    if (done && context->store != NULL) {
        done = pinetoken_cache_fetch(context->store, &demand, options->timeout_ms, fetch_by_worker,
                                     context, &token, error) == PINETOKEN_OK;
    } else if (done) {
        done = fetch_by_worker(context, options->timeout_ms, &token, error) == PINETOKEN_OK;
    }
    done = done && fetch->use(fetch->user, &token, error);
    if (fetch->is_new != NULL) {
        *fetch->is_new = context->is_new;
    }
    end(context);
    if (!fetch->goes_on) {
        credentials_forget_environment();
    }
    return done;
}

bool fetch_forget(const struct options *options, struct console *console, pinetoken_error *error) {
    struct context *context = &the_context;
    bool done = prepare(context, options, console, error) && open_store(context, error);
    if (done && context->store == NULL) {
        done = error_set(error, PINETOKEN_USAGE, "forget: no token is kept",
                         "name its place by --cache");
    }
    done = done && pinetoken_cache_forget(context->store, error) == PINETOKEN_OK;
    end(context);
    return done;
}
