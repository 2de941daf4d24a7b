#include "os/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

/* What each signal does here. A reader that has gone and a file that may not grow show as errors of
 * write(2); a child's end can be waited for. */
static const struct {
    int number;
    void (*handler)(int);
} process_signals[] = {{SIGPIPE, SIG_IGN}, {SIGXFSZ, SIG_IGN}, {SIGCHLD, SIG_DFL}};

/* What ends a process unless it says otherwise, but not process 1, that of a container: the kernel
 * keeps from it what it has no handler for. */
static const int process_ends[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};

#define PROCESS_SIGNALS (sizeof process_signals / sizeof process_signals[0])

static struct {
    struct sigaction actions[PROCESS_SIGNALS];
    sigset_t mask;
} process_inherited;

/* A descriptor that was closed by whoever started us would be taken by the next one opened, a
 * connection for one, and be written to in its place. The filler can neither be read nor written.
 */
static void process_fill_descriptors(void) {
    int fd = 0;
    do {
        fd = open("/", O_PATH | O_CLOEXEC);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) {
        close(fd);
    }
}

static void process_reset_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < PROCESS_SIGNALS; i++) {
        const struct sigaction action = {.sa_handler = process_signals[i].handler};
        sigaction(process_signals[i].number, &action, &process_inherited.actions[i]);
    }
    sigprocmask(SIG_SETMASK, &none, &process_inherited.mask);
}

/* As a shell reports it. */
static void process_end(int number) {
    _exit(128 + number);
}

static void process_end_by_signals(void) {
    const struct sigaction end = {.sa_handler = process_end};
    for (size_t i = 0; i < sizeof process_ends / sizeof process_ends[0]; i++) {
        struct sigaction inherited;
        sigaction(process_ends[i], NULL, &inherited);
        if (inherited.sa_handler == SIG_DFL) {
            sigaction(process_ends[i], &end, NULL);
        }
    }
}

void process_begin(void) {
    process_fill_descriptors();
    process_reset_signals();
    if (getpid() == 1) {
        process_end_by_signals();
    }
    /* No core file, and no other process of this user reads the memory of this one. */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void process_restore_signals(void) {
    for (size_t i = 0; i < PROCESS_SIGNALS; i++) {
        sigaction(process_signals[i].number, &process_inherited.actions[i], NULL);
    }
    sigprocmask(SIG_SETMASK, &process_inherited.mask, NULL);
}
