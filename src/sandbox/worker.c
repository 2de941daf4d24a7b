#include "sandbox/worker.h"

#include "base/error.h"
#include "base/text.h"
#include "os/clock.h"
#include "os/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the result ----------------------------------------------------------------------------- */

void worker_result_set_token(struct worker_result *result, const pinetoken_token *token) {
    result->expires_in = token->expires_in;
    result->expires_at = token->expires_at;
    result->obtained_at = token->obtained_at;
    result->token_size = token->access_token.size;
    memcpy(result->token, token->access_token.data, token->access_token.size);
}

pinetoken_token worker_result_token(const struct worker_result *result) {
    return (pinetoken_token){{result->token, (size_t)result->token_size},
                             result->expires_in,
                             result->expires_at,
                             result->obtained_at};
}

/* Printable ASCII, and NUL-terminated. */
static bool is_text(const char *text, size_t capacity) {
    size_t size = 0;
    while (size < capacity && text[size] >= 0x20 && text[size] < 0x7f) {
        size++;
    }
    return size < capacity && text[size] == '\0';
}

static bool is_token(const struct worker_result *result) {
    bool is_one = result->token_size <= TOKEN_MAX;
    for (size_t i = 0; is_one && i < result->token_size; i++) {
        is_one = result->token[i] > 0x20 && result->token[i] < 0x7f &&
                 strchr("\"'\\", result->token[i]) == NULL;
    }
    return is_one && result->expires_in >= -1 && result->expires_at >= -1 &&
           result->obtained_at >= 0 && result->obtained_at < INT64_MAX / 2 &&
           result->expires_in < INT32_MAX;
}

/* The worker may have been taken over by what it read. */
static bool is_valid(const struct worker_result *result) {
    const pinetoken_error *error = &result->error;
    return (unsigned)error->status <= PINETOKEN_UNAVAILABLE &&
           (unsigned)error->phase <= PINETOKEN_PHASE_WAIT &&
           is_text(error->message, sizeof error->message) &&
           is_text(error->advice, sizeof error->advice) &&
           is_text(error->oauth_error, sizeof error->oauth_error) &&
           is_text(result->warning, sizeof result->warning) &&
           is_text(result->answer.request_id, sizeof result->answer.request_id) &&
           (error->status != PINETOKEN_OK || is_token(result));
}

/* ---- the worker ------------------------------------------------------------------------------ */

/* What an old kernel may have open from us: a few files and pipes. */
#define DESCRIPTORS_MAX 64

static void close_between(int first, int last) {
    if (first > last) {
        return;
    }
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, (unsigned)last, 0) == 0) {
        return;
    }
#endif
    for (int fd = first; fd <= last && fd < DESCRIPTORS_MAX; fd++) {
        close(fd);
    }
}

static void close_all_but(const struct worker_descriptors *descriptors) {
    int low = descriptors->input < descriptors->output ? descriptors->input : descriptors->output;
    int high = descriptors->input < descriptors->output ? descriptors->output : descriptors->input;
    int first = STDERR_FILENO + 1;
    if (low >= first) {
        close_between(first, low - 1);
        first = low + 1;
    }
    if (high >= first) {
        close_between(first, high - 1);
        first = high + 1;
    }
    close_between(first, INT_MAX);
}

_Noreturn static void be_worker(pid_t parent, const int request_pipe[2], const int result_pipe[2],
                                const struct worker_descriptors *descriptors, worker_job job,
                                void *user, struct worker_result *result) {
    sigset_t none;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != parent || dup2(request_pipe[0], STDIN_FILENO) < 0 ||
        dup2(result_pipe[1], STDOUT_FILENO) < 0) {
        _exit(1);
    }
    close_all_but(descriptors);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    job(user, result);
    (void)io_write(STDOUT_FILENO, result, sizeof *result);
    explicit_bzero(result, sizeof *result);
    exit(0);
}

/* ---- the parent ------------------------------------------------------------------------------ */

static void close_pipe(const int ends[2]) {
    close(ends[0]);
    close(ends[1]);
}

static bool fail_to_start(pinetoken_error *error) {
    return error_set_parts(error, PINETOKEN_INTERNAL,
                           ERROR_PARTS("worker: cannot be started: ", strerror(errno)),
                           "see whether processes or files are limited");
}

bool worker_start(struct worker *worker, worker_job job, void *user,
                  const struct worker_descriptors *descriptors, struct worker_result *result,
                  pinetoken_error *error) {
    int request_pipe[2];
    int result_pipe[2];
    pid_t parent = getpid();
    *worker = (struct worker){.request_fd = -1, .result_fd = -1, .result = result};
    memset(result, 0, sizeof *result);
    if (pipe2(request_pipe, O_CLOEXEC) != 0) {
        return fail_to_start(error);
    }
    if (pipe2(result_pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
        close_pipe(request_pipe);
        return fail_to_start(error);
    }
    /* There is one thread: nothing that fork(2)'s handlers would put in order. */
    worker->pid = _Fork();
    if (worker->pid == 0) {
        be_worker(parent, request_pipe, result_pipe, descriptors, job, user, result);
    }
    close(request_pipe[0]);
    close(result_pipe[1]);
    worker->request_fd = request_pipe[1];
    worker->result_fd = result_pipe[0];
    if (worker->pid < 0) {
        worker->pid = 0;
        (void)worker_end(worker);
        return fail_to_start(error);
    }
    return true;
}

void worker_end_request(struct worker *worker) {
    if (worker->request_fd >= 0) {
        close(worker->request_fd);
    }
    worker->request_fd = -1;
}

static enum worker_state fail_dead(struct worker *worker, pinetoken_error *error) {
    char digits[24];
    struct text number;
    text_init(&number, digits, sizeof digits);
    if (worker->pid > 0) {
        (void)waitpid(worker->pid, &worker->status, 0);
        worker->pid = 0;
    }
    int status = worker->status;
    text_append_number(&number, WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    error_set_parts(
        error, PINETOKEN_INTERNAL,
        ERROR_PARTS(WIFSIGNALED(status) ? "worker: was killed by signal "
                                        : "worker: ended without an result, exit status ",
                    digits,
                    WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS
                        ? ": it made a system call that a fetch does not make (report this)"
                        : ""),
        "");
    return WORKER_FAILED;
}

enum worker_state worker_take(struct worker *worker, pinetoken_error *error) {
    while (worker->got < sizeof *worker->result) {
        ssize_t got = read(worker->result_fd, (char *)worker->result + worker->got,
                           sizeof *worker->result - worker->got);
        if (got < 0 && errno == EAGAIN) {
            return WORKER_BUSY;
        }
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return fail_dead(worker, error);
        }
        worker->got += (size_t)got;
    }
    if (!is_valid(worker->result)) {
        error_set(error, PINETOKEN_INTERNAL, "worker: its result is not one", "report this");
        return WORKER_FAILED;
    }
    return WORKER_DONE;
}

bool worker_end(struct worker *worker) {
    bool is_done = worker->got == sizeof *worker->result;
    worker_end_request(worker);
    if (worker->result_fd >= 0) {
        close(worker->result_fd);
    }
    worker->result_fd = -1;
    if (worker->pid > 0) {
        /* What is done ends by itself, with all that is to be said at an exit. */
        if (!is_done) {
            (void)kill(worker->pid, SIGKILL);
        }
        (void)waitpid(worker->pid, &worker->status, 0);
    }
    worker->pid = 0;
    return !is_done || worker->status == 0;
}

bool worker_note_end(struct worker *worker, pid_t pid, int status) {
    if (pid != worker->pid) {
        return false;
    }
    worker->pid = 0;
    worker->status = status;
    return true;
}

bool worker_wait(struct worker *worker, int64_t timeout_ms, pinetoken_error *error) {
    int64_t start = clock_ms(CLOCK_MONOTONIC);
    enum worker_state state = WORKER_BUSY;
    while (state == WORKER_BUSY) {
        int64_t left = timeout_ms - (clock_ms(CLOCK_MONOTONIC) - start);
        if (left <= 0) {
            return error_set(error, PINETOKEN_TIMEOUT,
                             "timeout: the time ran out, and the worker did not end by itself", "");
        }
        struct pollfd poll_fd = {.fd = worker->result_fd, .events = POLLIN};
        (void)poll(&poll_fd, 1, left < INT_MAX ? (int)left : INT_MAX);
        state = worker_take(worker, error);
    }
    return state == WORKER_DONE;
}
