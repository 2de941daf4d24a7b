#include "agent/hooks.h"

#include "base/text.h"
#include "cli/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void warn(const struct hooks *hooks, const char *what, const char *why) {
    char data[PINETOKEN_MESSAGE_CAPACITY];
    struct text text;
    text_init(&text, data, sizeof data);
    text_append(&text, what);
    text_append(&text, why);
    console_warn(hooks->console, data);
    console_show_warning(hooks->console);
}

/* -1: there is none. */
static pid_t read_pid(const char *path) {
    char digits[16];
    pid_t pid = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        return -1;
    }
    ssize_t size = read(fd, digits, sizeof digits);
    close(fd);
    for (ssize_t i = 0; i < size && i < 9 && digits[i] >= '0' && digits[i] <= '9'; i++) {
        pid = pid * 10 + (digits[i] - '0');
    }
    /* 0 would be this whole group, 1 is for who means it. */
    return pid > 0 ? pid : -1;
}

static void send_signal(const struct hooks *hooks) {
    errno = ESRCH;
    pid_t pid = read_pid(hooks->options->pid_file);
    if (pid < 0 || kill(pid, hooks->options->signal) != 0) {
        warn(hooks, "--signal: not sent, the process of PIDFILE: ", strerror(errno));
    }
}

_Noreturn static void become_command(const struct hooks *hooks) {
    const char *const arguments[] = {"sh", "-c", hooks->options->values[OPTION_RUN], NULL};
    char **environment = environment_without_secrets(NULL);
    (void)sigprocmask(SIG_SETMASK, &hooks->mask, NULL);
    (void)signal(SIGPIPE, hooks->options->ignores_sigpipe ? SIG_IGN : SIG_DFL);
    if (environment != NULL) {
        (void)execve("/bin/sh", (char *const *)(const void *)arguments, environment);
    }
    _exit(127);
}

static void start_command(struct hooks *hooks) {
    hooks->run_again = hooks->running > 0;
    if (hooks->running > 0) {
        return;
    }
    hooks->running = _Fork();
    if (hooks->running == 0) {
        become_command(hooks);
    }
    if (hooks->running < 0) {
        warn(hooks, "--run: not started: ", strerror(errno));
        hooks->running = 0;
    }
}

void hooks_run(struct hooks *hooks) {
    if (hooks->options->signal > 0) {
        send_signal(hooks);
    }
    if (hooks->options->values[OPTION_RUN] != NULL) {
        start_command(hooks);
    }
}

static void warn_of_status(const struct hooks *hooks, int status) {
    char digits[24];
    struct text text;
    text_init(&text, digits, sizeof digits);
    text_append_number(&text, WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    warn(hooks,
         WIFSIGNALED(status) ? "--run: the command was killed by signal "
                             : "--run: the command ended with exit status ",
         digits);
}

void hooks_note_end(struct hooks *hooks, pid_t pid, int status) {
    if (pid != hooks->running) {
        return;
    }
    hooks->running = 0;
    if (status != 0) {
        warn_of_status(hooks, status);
    }
    if (hooks->run_again) {
        start_command(hooks);
    }
}
