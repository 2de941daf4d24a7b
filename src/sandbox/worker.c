#include "sandbox/worker.h"

#include "base/deadline.h"
#include "os/clock.h"
#include "os/io.h"
#include "sandbox/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* How much longer than its own timeout a job is waited for. */
#define WORKER_GRACE_MS 1000
/* Traces of a fetch at -vv have a few KB; a worker that was taken over could write without end. */
#define WORKER_TRACE_MAX 1048576u

/* ---- in the worker --------------------------------------------------------------------------- */

/* What an old kernel, without close_range(2), may have open from us: a few files and pipes. */
#define WORKER_OPEN_MAX 64

static void worker_close_from(int first) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, ~0u, 0) == 0) {
        return;
    }
#endif
    for (int fd = first; fd < WORKER_OPEN_MAX; fd++) {
        close(fd);
    }
}

/* Moves the descriptors of the job to their places, which are taken even if there is no input: no
 * connection gets their numbers. Closes all others. */
static bool worker_take_descriptors(const struct worker_job *job) {
    if (job->output < 0) {
        worker_close_from(WORKER_INPUT);
        return true;
    }
    bool done = dup2(job->input >= 0 ? job->input : STDIN_FILENO, WORKER_INPUT) >= 0 &&
                dup2(job->output, WORKER_OUTPUT) >= 0;
    worker_close_from(WORKER_PLACES);
    return done;
}

/* For the handler of SIGSYS. */
static struct worker_result *worker_reported;

/* The sandbox refused a system call: the result is its number. */
static void worker_report_call(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)context;
    explicit_bzero(worker_reported, sizeof *worker_reported);
    worker_reported->error.status = PINETOKEN_INTERNAL;
    worker_reported->refused_call = info->si_syscall;
    io_write(STDOUT_FILENO, worker_reported, sizeof *worker_reported);
    _exit(0);
}

/* Signals to the whole process group are meant for the monitor, which ends the worker. */
static void worker_set_signals(void) {
    static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM};
    const struct sigaction report = {.sa_sigaction = worker_report_call, .sa_flags = SA_SIGINFO};
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    const struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t none;
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) {
        sigaction(ignored[i], &ignore, NULL);
    }
    sigaction(SIGCHLD, &standard, NULL);
    sigaction(SIGSYS, &report, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Both ends of each pipe. */
struct worker_pipes {
    int request[2];
    int result[2];
    int trace[2];
};

_Noreturn static void worker_main(pid_t monitor, const struct worker_pipes *pipes,
                                  const struct worker_job *job, struct worker_result *result) {
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != monitor || dup2(pipes->request[0], STDIN_FILENO) < 0 ||
        dup2(pipes->result[1], STDOUT_FILENO) < 0 || dup2(pipes->trace[1], STDERR_FILENO) < 0 ||
        !worker_take_descriptors(job)) {
        _exit(1);
    }
    worker_reported = result;
    worker_set_signals();
    job->run(job->user, result);
    io_write(STDOUT_FILENO, result, sizeof *result);
    explicit_bzero(result, sizeof *result);
    exit(0);
}

/* ---- in the monitor -------------------------------------------------------------------------- */

static void worker_close_pipe(const int ends[2]) {
    if (ends[0] >= 0) {
        close(ends[0]);
        close(ends[1]);
    }
}

static bool worker_open_pipes(struct worker_pipes *pipes) {
    *pipes = (struct worker_pipes){.request = {-1, -1}, .result = {-1, -1}, .trace = {-1, -1}};
    if (pipe2(pipes->request, O_CLOEXEC) == 0 && pipe2(pipes->result, O_CLOEXEC) == 0 &&
        pipe2(pipes->trace, O_CLOEXEC) == 0) {
        return true;
    }
    int number = errno;
    worker_close_pipe(pipes->request);
    worker_close_pipe(pipes->result);
    errno = number;
    return false;
}

/* The monitor never blocks; the worker, whose ends have flags of their own, may. */
static int worker_keep_end(int ours, int theirs) {
    close(theirs);
    fcntl(ours, F_SETFL, fcntl(ours, F_GETFL) | O_NONBLOCK);
    return ours;
}

static bool worker_fail_start(pinetoken_error *error) {
    error->system_errno = errno;
    return error_set_parts(error, PINETOKEN_INTERNAL,
                           ERROR_PARTS("worker: cannot be started: ", strerror(errno)),
                           "check the limits of processes and files (ulimit -a)");
}

bool worker_start(struct worker *worker, const struct worker_job *job, span request,
                  struct worker_result *result, pinetoken_error *error) {
    struct worker_pipes pipes;
    pid_t monitor = getpid();
    *worker = (struct worker){
        .request_fd = -1, .result_fd = -1, .trace_fd = -1, .request = request, .job = job};
    worker->result = result;
    memset(result, 0, sizeof *result);
    result->refused_call = -1;
    if (!worker_open_pipes(&pipes)) {
        return worker_fail_start(error);
    }
    /* The monitor has one thread: there is nothing that fork(2)'s handlers would put in order. */
    worker->pid = _Fork();
    if (worker->pid == 0) {
        worker_main(monitor, &pipes, job, result);
    }
    int number = errno;
    worker->request_fd = worker_keep_end(pipes.request[1], pipes.request[0]);
    worker->result_fd = worker_keep_end(pipes.result[0], pipes.result[1]);
    worker->trace_fd = worker_keep_end(pipes.trace[0], pipes.trace[1]);
    if (worker->pid < 0) {
        worker->pid = 0;
        worker_stop(worker);
        errno = number;
        return worker_fail_start(error);
    }
    return true;
}

static void worker_close(int *fd) {
    if (*fd >= 0) {
        close(*fd);
    }
    *fd = -1;
}

/* A worker that no longer reads has a result that says why. */
static void worker_send(struct worker *worker) {
    ssize_t written = 0;
    while (worker->request_fd >= 0 && worker->request.size > 0 && written >= 0) {
        written = write(worker->request_fd, worker->request.data, worker->request.size);
        worker->request =
            span_cut(worker->request, written > 0 ? (size_t)written : 0, worker->request.size);
    }
    if (worker->request.size == 0 || (written < 0 && errno != EAGAIN && errno != EINTR)) {
        worker_close(&worker->request_fd);
    }
}

/* Lines of text to standard error, without what a terminal could take for a command. */
static void worker_pass_on(struct worker *worker, char *data, size_t size) {
    size_t room = WORKER_TRACE_MAX - worker->traced;
    for (size_t i = 0; i < size; i++) {
        bool is_shown = data[i] == '\n' || (data[i] >= 0x20 && data[i] < 0x7f);
        if (!is_shown) {
            data[i] = '?';
        }
    }
    io_write_line(STDERR_FILENO, data, size < room ? size : room);
    worker->traced += size < room ? size : room;
}

static void worker_read_trace(struct worker *worker) {
    char data[4096];
    ssize_t got = 1;
    while (worker->trace_fd >= 0 && got > 0) {
        got = read(worker->trace_fd, data, sizeof data);
        if (got > 0) {
            worker_pass_on(worker, data, (size_t)got);
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            worker_close(&worker->trace_fd);
        }
    }
}

static enum worker_state worker_fail_dead(struct worker *worker, pinetoken_error *error) {
    if (worker->pid > 0) {
        waitpid(worker->pid, &worker->status, 0);
        worker->pid = 0;
    }
    bool is_signal = WIFSIGNALED(worker->status);
    error_begin(error, PINETOKEN_INTERNAL,
                is_signal ? "worker: was killed by signal "
                          : "worker: ended without a result, exit status ");
    error_add_number(error, is_signal ? WTERMSIG(worker->status) : WEXITSTATUS(worker->status));
    if (is_signal && WTERMSIG(worker->status) == SIGSYS) {
        error_add(error, ": it made a system call that the sandbox refuses");
    }
    error_advise(error, "");
    return WORKER_FAILED;
}

static enum worker_state worker_validate(const struct worker_result *result,
                                         pinetoken_error *error) {
    const char *name = seccomp_call_name(result->refused_call);
    if (!worker_result_is_valid(result)) {
        error_set(error, PINETOKEN_INTERNAL, "worker: its result is not valid", "report this");
        return WORKER_FAILED;
    }
    if (result->refused_call >= 0) {
        error_begin(error, PINETOKEN_INTERNAL, "worker: the sandbox refused system call ");
        error_add_number(error, result->refused_call);
        error_add(error, name[0] != '\0' ? " (" : "");
        error_add(error, name);
        error_add(error, name[0] != '\0' ? ")" : "");
        error_advise(error, "report this");
        return WORKER_FAILED;
    }
    return WORKER_DONE;
}

enum worker_state worker_step(struct worker *worker, pinetoken_error *error) {
    const size_t size = sizeof *worker->result;
    worker_send(worker);
    worker_read_trace(worker);
    while (worker->received < size) {
        ssize_t got = read(worker->result_fd, (char *)worker->result + worker->received,
                           size - worker->received);
        if (got < 0 && errno == EAGAIN) {
            return WORKER_BUSY;
        }
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return worker_fail_dead(worker, error);
        }
        worker->received += got > 0 ? (size_t)got : 0;
    }
    return worker_validate(worker->result, error);
}

void worker_descriptors(const struct worker *worker, struct pollfd out[WORKER_DESCRIPTORS]) {
    out[0] = (struct pollfd){.fd = worker->request_fd, .events = POLLOUT};
    out[1] = (struct pollfd){.fd = worker->result_fd, .events = POLLIN};
    out[2] = (struct pollfd){.fd = worker->trace_fd, .events = POLLIN};
}

bool worker_reaped(struct worker *worker, pid_t pid, int status) {
    if (pid != worker->pid) {
        return false;
    }
    worker->pid = 0;
    worker->status = status;
    return true;
}

void worker_stop(struct worker *worker) {
    bool is_done = worker->received == sizeof *worker->result;
    if (worker->pid > 0) {
        /* One that is done ends by itself: it wipes its secrets. */
        if (!is_done) {
            kill(worker->pid, SIGKILL);
        }
        waitpid(worker->pid, &worker->status, 0);
    }
    worker->pid = 0;
    worker_read_trace(worker);
    worker_close(&worker->request_fd);
    worker_close(&worker->result_fd);
    worker_close(&worker->trace_fd);
    if (is_done && worker->status != 0) {
        worker->job->warn(worker->job->user,
                          "worker: returned its result, but failed at its end (report this)");
    }
    if (is_done && worker_result_warning(worker->result)[0] != '\0') {
        worker->job->warn(worker->job->user, worker_result_warning(worker->result));
    }
}

/* ---- all of it at once ----------------------------------------------------------------------- */

static bool worker_wait(struct worker *worker, int64_t deadline, pinetoken_error *error) {
    enum worker_state state = worker_step(worker, error);
    while (state == WORKER_BUSY) {
        struct pollfd fds[WORKER_DESCRIPTORS];
        int left = deadline_left(deadline, clock_monotonic_ms(), INT_MAX);
        if (left == 0) {
            return error_set(error, PINETOKEN_TIMEOUT,
                             "timeout: the time ran out, and the worker did not end by itself", "");
        }
        worker_descriptors(worker, fds);
        poll(fds, WORKER_DESCRIPTORS, left);
        state = worker_step(worker, error);
    }
    return state == WORKER_DONE;
}

bool worker_run(const struct worker_job *job, span request, int64_t timeout_ms,
                struct worker_result *result, pinetoken_error *error) {
    struct worker worker;
    int64_t deadline = deadline_after(clock_monotonic_ms(), timeout_ms + WORKER_GRACE_MS);
    if (!worker_start(&worker, job, request, result, error)) {
        return false;
    }
    bool done = worker_wait(&worker, deadline, error);
    worker_stop(&worker);
    if (done && result->error.status != PINETOKEN_OK) {
        *error = result->error;
    }
    return done && result->error.status == PINETOKEN_OK;
}
