/* Each try is a worker of its own: its sandbox is fixed for good, and what may change between two
 * tries (resolv.conf, the clock, routes) is read again. Retries are decided here. */
#include "cli/fetch.h"

#include "base/deadline.h"
#include "base/error.h"
#include "cli/cache_path.h"
#include "cli/cache_worker.h"
#include "cli/configuration.h"
#include "cli/tries.h"
#include "client/cache.h"
#include "client/client.h"
#include "client/shared_level.h"
#include "os/clock.h"
#include "os/io.h"
#include "os/secure_memory.h"
#include "sandbox/worker.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct fetch_context {
    const struct fetch *fetch;
    pinetoken_config config;
    int64_t deadline; /* of all tries; monotonic */
    struct credential id;
    struct credential *secret; /* in secure memory */
    bool has_secret;
    struct worker_result result;
    pinetoken_cache *cache; /* NULL: none */
    bool has_default_cache; /* neither --cache nor its variable is set */
    struct cache_worker shared;
    bool is_new; /* the token was fetched just now */
};

static bool fetch_give_secret(void *user, pinetoken_span *secret) {
    const struct fetch_context *context = user;
    *secret = (pinetoken_span){context->secret->text, context->secret->size};
    return true;
}

static bool fetch_give_password(void *user, pinetoken_span *password) {
    const struct fetch_context *context = user;
    *password = (pinetoken_span){context->shared.password->text, context->shared.password->size};
    return true;
}

static void *fetch_allocate(void *user, size_t size) {
    (void)user;
    return secure_memory_new(size);
}

static void fetch_release(void *user, void *memory, size_t size) {
    (void)user;
    secure_memory_free(memory, size);
}

/* For a cache that nobody asked for, only once until the next boot: a directory in /tmp records it,
 * because there is no other place. */
static bool fetch_is_known(const pinetoken_event *event) {
    char path[64];
    struct buffer text;
    uint64_t hash = geteuid();
    for (size_t i = 0; i < event->text.size; i++) {
        hash = hash * 31 + (unsigned char)event->text.data[i];
    }
    buffer_init(&text, path, sizeof path);
    buffer_append_text(&text, "/tmp/.pinetoken-no-cache-");
    buffer_append_number(&text, hash);
    return mkdir(buffer_terminate(&text), S_IRWXU) != 0 && errno == EEXIST;
}

static void fetch_log_event(void *user, const pinetoken_event *event) {
    const struct fetch_context *context = user;
    pinetoken_event shown = *event;
    if (context->has_default_cache && strcmp(event->name, "cache.unusable") == 0 &&
        fetch_is_known(event)) {
        shown.level = PINETOKEN_LOG_INFO;
    }
    console_event(context->fetch->console, &shown);
}

static struct log fetch_log(const struct fetch_context *context) {
    const pinetoken_config *config = &context->config;
    return (struct log){.function = config->log, .user = config->user, .level = config->log_level};
}

static void fetch_configure(struct fetch_context *context) {
    pinetoken_config *config = &context->config;
    configuration_fill(config, context->fetch->options);
    config->client_id = context->id.text;
    config->retries = 0;
    config->secret = fetch_give_secret;
    config->cache_password = fetch_give_password;
    config->allocate = fetch_allocate;
    config->release = fetch_release;
    config->log = fetch_log_event;
    config->log_level = console_level(context->fetch->console);
    config->user = context;
}

/* ---- in the worker --------------------------------------------------------------------------- */

static void fetch_narrow(void *user) {
    (void)user;
    sandbox_narrow();
}

static void fetch_in_sandbox(struct fetch_context *context, pinetoken *client,
                             struct worker_result *result) {
    struct requirements requirements;
    const struct log log = fetch_log(context);
    const size_t size = sizeof *context->secret;
    size_t got = 0;
    pinetoken_token token;
    client_requirements(client, &requirements);
    client_on_connected(client, fetch_narrow);
    sandbox_enter(&requirements, &log);
    sandbox_wipe_environment(NULL);
    if (!io_read(STDIN_FILENO, context->secret, size, IO_NO_DEADLINE, &got) || got != size) {
        error_set(&result->error, PINETOKEN_INTERNAL, "worker: got no request", "");
        return;
    }
    int64_t left = context->deadline - clock_monotonic_ms();
    if (pinetoken_fetch(client, left > 0 ? left : 0, &token, &result->error) == PINETOKEN_OK) {
        result->error.status = PINETOKEN_OK;
        worker_result_set_token(result, &token);
    }
}

/* In a worker that has no use for it: what is secret here. */
static void fetch_wipe(void *user) {
    struct fetch_context *context = user;
    struct credentials *given = context->fetch->credentials;
    explicit_bzero(context->secret, sizeof *context->secret);
    explicit_bzero(&context->result, sizeof context->result);
    if (given != NULL) {
        /* A copy of the process's own. */
        explicit_bzero(given, sizeof *given);
    }
}

static void fetch_work(void *user, struct worker_result *result) {
    struct fetch_context *context = user;
    struct console *console = context->fetch->console;
    console->warning[0] = '\0';
    credentials_forget_environment();
    /* Nothing of an earlier token stays in the worker's memory. */
    if (context->cache != NULL) {
        cache_wipe_token(context->cache);
    }
    explicit_bzero(context->shared.password, sizeof *context->shared.password);
    explicit_bzero(context->secret, sizeof *context->secret);
    secure_memory_lock(context->secret, sizeof *context->secret);
    pinetoken *client = pinetoken_new(&context->config, &result->error);
    if (client != NULL) {
        fetch_in_sandbox(context, client, result);
    }
    pinetoken_free(client);
    memcpy(result->warning, console->warning, sizeof result->warning);
    secure_memory_free(context->secret, sizeof *context->secret);
}

/* ---- in the monitor: one try after another --------------------------------------------------- */

static void fetch_warn(void *user, const char *text) {
    const struct fetch_context *context = user;
    console_warn(context->fetch->console, text);
}

/* The run of its tries. */
static bool fetch_try(void *user, pinetoken_error *error) {
    struct fetch_context *context = user;
    struct worker_result *result = &context->result;
    const struct worker_job job = {
        .run = fetch_work, .user = context, .warn = fetch_warn, .input = -1, .output = -1};
    const span request = {(const char *)context->secret, sizeof *context->secret};
    int64_t left = context->deadline - clock_monotonic_ms();
    if (!worker_run(&job, request, left > 0 ? left : 0, result, error)) {
        return false;
    }
    return (result->token_size > 0 && result->shared_state == 0) ||
           error_set(error, PINETOKEN_INTERNAL, "worker: its result has no token", "report this");
}

static bool fetch_find_secret(struct fetch_context *context, pinetoken_error *error) {
    const struct fetch *fetch = context->fetch;
    if (!context->has_secret && fetch->credentials != NULL) {
        *context->secret = fetch->credentials->secret;
        context->has_secret = true;
    }
    context->has_secret =
        context->has_secret ||
        credentials_find_secret(context->secret, fetch->options, fetch->console, error);
    return context->has_secret;
}

/* The prepare of a struct cache_source. */
static bool fetch_prepare(void *user, struct cache_identity *identity, pinetoken_error *error) {
    struct fetch_context *context = user;
    pinetoken_span secret;
    return fetch_find_secret(context, error) && fetch_give_secret(context, &secret) &&
           (cache_identify(&context->config, secret, identity) ||
            error_set(error, PINETOKEN_INTERNAL, "client secret: its digest cannot be computed",
                      ""));
}

/* The fetch of a struct cache_source. */
static pinetoken_status fetch_from_issuer(void *user, int64_t timeout_ms, pinetoken_token *token,
                                          pinetoken_error *error) {
    struct fetch_context *context = user;
    struct worker_result *result = &context->result;
    context->deadline = deadline_after(clock_monotonic_ms(), timeout_ms);
    struct tries tries = {.run = fetch_try,
                          .user = context,
                          .max = context->fetch->options->retries,
                          .deadline = context->deadline,
                          .log = fetch_log(context)};
    bool done = fetch_find_secret(context, error) && tries_run(&tries, error);
    if (!done) {
        credentials_explain(&context->id, context->secret, error);
    }
    explicit_bzero(context->secret, sizeof *context->secret);
    context->has_secret = false;
    if (!done) {
        return error->status;
    }
    context->is_new = true;
    result->obtained_at = (int64_t)time(NULL);
    result->expires_at = result->expires_in < 0 ? -1 : result->obtained_at + result->expires_in;
    *token = worker_result_token(result);
    return PINETOKEN_OK;
}

/* ---- from start to end ----------------------------------------------------------------------- */

static bool fetch_open_cache(struct fetch_context *context, pinetoken_error *error) {
    char room[CACHE_PATH_CAPACITY];
    const char *path = cache_path(context->fetch->options, room);
    if (path == NULL) {
        return true;
    }
    context->has_default_cache = context->fetch->options->lists[OPTION_CACHE] == NULL;
    context->cache = pinetoken_cache_open(&context->config, path, error);
    if (context->cache == NULL) {
        return false;
    }
    context->shared.options = context->fetch->options;
    context->shared.console = context->fetch->console;
    context->shared.cache = context->cache;
    context->shared.wipe = fetch_wipe;
    context->shared.user = context;
    cache_worker_start(&context->shared);
    return true;
}

static bool fetch_begin(struct fetch_context *context, const struct fetch *fetch,
                        pinetoken_error *error) {
    *context = (struct fetch_context){.fetch = fetch};
    context->secret = secure_memory_new(sizeof *context->secret);
    context->shared.password = secure_memory_new(sizeof *context->shared.password);
    if (context->secret == NULL || context->shared.password == NULL) {
        return error_out_of_memory("client secret", error);
    }
    if (fetch->credentials != NULL) {
        context->id = fetch->credentials->id;
    } else if (!credentials_find_id(&context->id, fetch->options, fetch->console, error)) {
        return false;
    }
    fetch_configure(context);
    return true;
}

static void fetch_end(struct fetch_context *context) {
    pinetoken_cache_close(context->cache);
    secure_memory_free(context->shared.password, sizeof *context->shared.password);
    secure_memory_free(context->secret, sizeof *context->secret);
    explicit_bzero(&context->result, sizeof context->result);
}

static bool fetch_or_read_cache(struct fetch_context *context, pinetoken_token *token,
                                pinetoken_error *error) {
    const struct fetch *fetch = context->fetch;
    const int64_t left = fetch->options->deadline - clock_monotonic_ms();
    const int64_t timeout_ms = left > 0 ? left : 0;
    pinetoken_cache_policy policy = fetch->policy;
    policy.size = sizeof policy;
    policy.min_ttl = fetch->options->min_ttl_ms / 1000;
    policy.timeout_ms = timeout_ms;
    if (!fetch->without_cache && !fetch_open_cache(context, error)) {
        return false;
    }
    if (context->cache == NULL) {
        return fetch_from_issuer(context, timeout_ms, token, error) == PINETOKEN_OK;
    }
    const struct cache_source source = {
        .prepare = fetch_prepare, .fetch = fetch_from_issuer, .user = context};
    return cache_fetch(context->cache, &source, &policy, token, error) == PINETOKEN_OK;
}

/* Too large for the stack; a command fetches or forgets, one after the other. */
static struct fetch_context *fetch_storage(void) {
    static struct fetch_context storage;
    return &storage;
}

bool fetch_token(const struct fetch *fetch, pinetoken_error *error) {
    struct fetch_context *context = fetch_storage();
    pinetoken_token token;
    bool done = fetch_begin(context, fetch, error) && fetch_or_read_cache(context, &token, error) &&
                fetch->use(fetch->user, &token, error);
    if (fetch->is_new != NULL) {
        *fetch->is_new = context->is_new;
    }
    fetch_end(context);
    if (!fetch->may_fetch_again) {
        credentials_forget_environment();
        credentials_forget_password();
    }
    return done;
}

bool fetch_look(const struct fetch *fetch, int64_t *left_ms, pinetoken_error *error) {
    struct fetch_context *context = fetch_storage();
    bool done = fetch_begin(context, fetch, error) && fetch_open_cache(context, error) &&
                shared_level_look(context->cache, left_ms, error);
    fetch_end(context);
    return done;
}

bool fetch_forget(const struct options *options, struct console *console, pinetoken_error *error) {
    struct fetch_context *context = fetch_storage();
    const struct fetch fetch = {.options = options, .console = console};
    bool done = fetch_begin(context, &fetch, error) && fetch_open_cache(context, error);
    if (done && context->cache == NULL) {
        done = error_set(error, PINETOKEN_USAGE, "forget: there is no cache",
                         "name its file with --cache");
    }
    done = done && pinetoken_cache_forget(context->cache, error) == PINETOKEN_OK;
    fetch_end(context);
    return done;
}
