#include "cli/cache_worker.h"

#include "base/deadline.h"
#include "base/error.h"
#include "client/shared_state.h"
#include "os/clock.h"
#include "os/io.h"
#include "os/secure_memory.h"
#include "sandbox/worker.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* One request. */
struct cache_job {
    struct cache_worker *worker;
    const struct redis_server *server;
    struct shared_request request;
    struct shared_result *result;
};

/* ---- in the worker --------------------------------------------------------------------------- */

static bool cache_worker_read_password(const struct cache_worker *worker, pinetoken_error *error) {
    const size_t size = sizeof *worker->password;
    size_t got = 0;
    return (io_read(STDIN_FILENO, worker->password, size, IO_NO_DEADLINE, &got) && got == size) ||
           error_set(error, PINETOKEN_INTERNAL, "worker: got no request", "");
}

static void cache_worker_take(const struct shared_result *from, struct worker_result *result) {
    result->error.status = PINETOKEN_OK;
    result->shared_state = (int64_t)from->state + 1;
    result->shared_left_ms = from->left_ms;
    result->token_size = from->size;
    memcpy(result->token, from->value, from->size);
    memcpy(result->shared_id, from->id, sizeof result->shared_id);
}

static void cache_worker_work(void *user, struct worker_result *result) {
    const struct cache_job *job = user;
    struct cache_worker *worker = job->worker;
    struct requirements requirements;
    worker->console->warning[0] = '\0';
    worker->wipe(worker->user);
    cache_wipe_token(worker->cache);
    explicit_bzero(worker->password, sizeof *worker->password);
    secure_memory_lock(worker->password, sizeof *worker->password);
    shared_level_requirements(job->server, &requirements);
    sandbox_enter(&requirements, job->server->log);
    sandbox_wipe_environment(NULL);
    if (job->request.fd >= 0) {
        sandbox_narrow();
    }
    if (cache_worker_read_password(worker, &result->error) &&
        shared_run(job->server, &job->request, job->result, &result->error)) {
        cache_worker_take(job->result, result);
    }
    secure_memory_free(worker->password, sizeof *worker->password);
}

static void cache_worker_narrow(void *user) {
    (void)user;
    sandbox_narrow();
}

/* ---- in the monitor -------------------------------------------------------------------------- */

static void cache_worker_warn(void *user, const char *text) {
    const struct cache_job *job = user;
    console_warn(job->worker->console, text);
}

/* Too large for the stack; a process makes one request after the other. */
static struct worker_result *cache_worker_storage(void) {
    static struct worker_result storage;
    return &storage;
}

static int64_t cache_worker_time(const struct shared_request *request) {
    int64_t now = clock_monotonic_ms();
    bool waits = request->action == SHARED_ACQUIRE && request->wait_until > now;
    return (waits ? request->wait_until - now : 0) + 3 * request->time_ms;
}

/* A connection to a socket is the worker's output: a copy of it with a number that is free there.
 */
static bool cache_worker_run(struct cache_job *state, pinetoken_error *error) {
    struct cache_worker *worker = state->worker;
    const span secret = {(const char *)worker->password, sizeof *worker->password};
    int64_t time = cache_worker_time(&state->request);
    int fd = state->request.fd >= 0 ? fcntl(state->request.fd, F_DUPFD_CLOEXEC, WORKER_PLACES) : -1;
    const struct worker_job job = {.run = cache_worker_work,
                                   .user = state,
                                   .warn = cache_worker_warn,
                                   .output = fd,
                                   .input = -1};
    state->request.fd = fd >= 0 ? WORKER_OUTPUT : -1;
    bool done = worker_run(&job, secret, time, cache_worker_storage(), error);
    if (fd >= 0) {
        close(fd);
    }
    return done;
}

static bool cache_worker_call(void *user, const struct redis_server *server,
                              const struct shared_request *request, struct shared_result *result,
                              pinetoken_error *error) {
    struct cache_worker *worker = user;
    const struct worker_result *got = cache_worker_storage();
    struct cache_job state = {worker, server, *request, result};
    worker->has_password =
        worker->has_password ||
        credentials_find_password(worker->password, worker->options, worker->console, error);
    if (!worker->has_password || !cache_worker_run(&state, error)) {
        return false;
    }
    if (got->shared_state == 0) {
        return error_set(error, PINETOKEN_INTERNAL, "worker: its result is not a cache's",
                         "report this");
    }
    result->state = (enum shared_state)(got->shared_state - 1);
    result->left_ms = got->shared_left_ms;
    result->size = (size_t)got->token_size;
    memcpy(result->value, got->token, result->size);
    memcpy(result->id, got->shared_id, sizeof result->id);
    return true;
}

void cache_worker_start(struct cache_worker *worker) {
    const struct shared_caller caller = {
        .call = cache_worker_call, .connected = cache_worker_narrow, .user = worker};
    shared_level_call_by(worker->cache, &caller);
}
