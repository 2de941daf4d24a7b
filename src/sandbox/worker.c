#include "sandbox/worker.h"

#include "base/fail.h"
#include "base/text.h"
#include "os/io.h"
#include "os/moment.h"

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

/* ---- the outcome ----------------------------------------------------------------------------- */

void outcome_set_token(struct outcome *outcome, const pinetoken_token *token) {
    outcome->expires_in = token->expires_in;
    outcome->expires_at = token->expires_at;
    outcome->obtained_at = token->obtained_at;
    outcome->token_size = token->access_token.size;
    memcpy(outcome->token, token->access_token.data, token->access_token.size);
}

pinetoken_token outcome_token(const struct outcome *outcome) {
    return (pinetoken_token){{outcome->token, (size_t)outcome->token_size},
                             outcome->expires_in,
                             outcome->expires_at,
                             outcome->obtained_at};
}

/* Printable ASCII, and NUL-terminated. */
static bool is_text(const char *text, size_t capacity) {
    size_t size = 0;
    while (size < capacity && text[size] >= 0x20 && text[size] < 0x7f) {
        size++;
    }
    return size < capacity && text[size] == '\0';
}

static bool is_token(const struct outcome *outcome) {
    bool is_one = outcome->token_size <= TOKEN_MOST;
    for (size_t i = 0; is_one && i < outcome->token_size; i++) {
        is_one = outcome->token[i] > 0x20 && outcome->token[i] < 0x7f &&
                 strchr("\"'\\", outcome->token[i]) == NULL;
    }
    return is_one && outcome->expires_in >= -1 && outcome->expires_at >= -1 &&
           outcome->obtained_at >= 0 && outcome->obtained_at < INT64_MAX / 2 &&
           outcome->expires_in < INT32_MAX;
}

/* The worker may have been taken over by what it read. */
static bool is_valid(const struct outcome *outcome) {
    const pinetoken_error *error = &outcome->error;
    return (unsigned)error->status <= PINETOKEN_UNAVAILABLE &&
           (unsigned)error->phase <= PINETOKEN_PHASE_WAIT &&
           is_text(error->message, sizeof error->message) &&
           is_text(error->oauth_error, sizeof error->oauth_error) &&
           is_text(outcome->warning, sizeof outcome->warning) &&
           is_text(outcome->answer.request_id, sizeof outcome->answer.request_id) &&
           (error->status != PINETOKEN_OK || is_token(outcome));
}

/* ---- the worker ------------------------------------------------------------------------------ */

/* What an old kernel may have open from us: a few files and pipes. */
#define DESCRIPTORS_MOST 64

static void close_between(int first, int last) {
    if (first > last) {
        return;
    }
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, (unsigned)last, 0) == 0) {
        return;
    }
#endif
    for (int fd = first; fd <= last && fd < DESCRIPTORS_MOST; fd++) {
        close(fd);
    }
}

static void close_all_but(const struct kept *kept) {
    int low = kept->input < kept->output ? kept->input : kept->output;
    int high = kept->input < kept->output ? kept->output : kept->input;
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

_Noreturn static void be_worker(pid_t parent, const int request[2], const int result[2],
                                const struct kept *kept, worker_job job, void *user,
                                struct outcome *outcome) {
    sigset_t none;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != parent || dup2(request[0], STDIN_FILENO) < 0 ||
        dup2(result[1], STDOUT_FILENO) < 0) {
        _exit(1);
    }
    close_all_but(kept);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    job(user, outcome);
    (void)io_write(STDOUT_FILENO, outcome, sizeof *outcome);
    explicit_bzero(outcome, sizeof *outcome);
    exit(0);
}

/* ---- the parent ------------------------------------------------------------------------------ */

static void close_pipe(const int ends[2]) {
    close(ends[0]);
    close(ends[1]);
}

static bool fail_to_start(pinetoken_error *error) {
    return FAIL(error, PINETOKEN_INTERNAL, "worker: cannot be started: ", strerror(errno),
                " (see whether processes or files are limited)");
}

bool worker_start(struct worker *worker, worker_job job, void *user, const struct kept *kept,
                  struct outcome *outcome, pinetoken_error *error) {
    int request[2];
    int result[2];
    pid_t parent = getpid();
    *worker = (struct worker){.request = -1, .result = -1, .outcome = outcome};
    memset(outcome, 0, sizeof *outcome);
    if (pipe2(request, O_CLOEXEC) != 0) {
        return fail_to_start(error);
    }
    if (pipe2(result, O_CLOEXEC | O_NONBLOCK) != 0) {
        close_pipe(request);
        return fail_to_start(error);
    }
    /* There is one thread: nothing that fork(2)'s handlers would put in order. */
    worker->pid = _Fork();
    if (worker->pid == 0) {
        be_worker(parent, request, result, kept, job, user, outcome);
    }
    close(request[0]);
    close(result[1]);
    worker->request = request[1];
    worker->result = result[0];
    if (worker->pid < 0) {
        worker->pid = 0;
        (void)worker_end(worker);
        return fail_to_start(error);
    }
    return true;
}

void worker_end_request(struct worker *worker) {
    if (worker->request >= 0) {
        close(worker->request);
    }
    worker->request = -1;
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
    (void)FAIL(error, PINETOKEN_INTERNAL,
               WIFSIGNALED(status) ? "worker: was killed by signal "
                                   : "worker: ended without an outcome, exit status ",
               digits,
               WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS
                   ? ": it made a system call that a fetch does not make (report this)"
                   : "");
    return WORKER_FAILED;
}

enum worker_state worker_take(struct worker *worker, pinetoken_error *error) {
    while (worker->got < sizeof *worker->outcome) {
        ssize_t got = read(worker->result, (char *)worker->outcome + worker->got,
                           sizeof *worker->outcome - worker->got);
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
    if (!is_valid(worker->outcome)) {
        (void)FAIL(error, PINETOKEN_INTERNAL, "worker: its outcome is not one (report this)");
        return WORKER_FAILED;
    }
    return WORKER_DONE;
}

bool worker_end(struct worker *worker) {
    bool is_done = worker->got == sizeof *worker->outcome;
    worker_end_request(worker);
    if (worker->result >= 0) {
        close(worker->result);
    }
    worker->result = -1;
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
    int64_t start = moment_ms(CLOCK_MONOTONIC);
    enum worker_state state = WORKER_BUSY;
    while (state == WORKER_BUSY) {
        int64_t left = timeout_ms - (moment_ms(CLOCK_MONOTONIC) - start);
        if (left <= 0) {
            return FAIL(error, PINETOKEN_TIMEOUT,
                        "timeout: the time ran out, and the worker did not end by itself");
        }
        struct pollfd poll_fd = {.fd = worker->result, .events = POLLIN};
        (void)poll(&poll_fd, 1, left < INT_MAX ? (int)left : INT_MAX);
        state = worker_take(worker, error);
    }
    return state == WORKER_DONE;
}
