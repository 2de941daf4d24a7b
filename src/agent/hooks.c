#include "agent/hooks.h"

#include "base/error.h"
#include "base/number.h"
#include "cli/environment.h"
#include "os/io.h"
#include "os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOOKS_SHELL "/bin/sh"
/* The kernel's largest process ID on any architecture. */
#define HOOKS_PID_MAX 4194304u
/* A shell's exit status for a command that is not found. */
#define HOOKS_NOT_FOUND 127
/* What a shell adds to the number of a signal. */
#define HOOKS_SIGNALLED 128

static void hooks_warn(const struct hooks *hooks, const char *what, const char *why) {
    char data[CONSOLE_WARNING_MAX];
    struct buffer text;
    buffer_init(&text, data, sizeof data);
    buffer_append_text(&text, what);
    buffer_append_cut(&text, span_text(why));
    console_warn(hooks->console, buffer_terminate(&text));
    console_show_warning(hooks->console);
    hooks->console->warning[0] = '\0';
}

/* ---- --signal -------------------------------------------------------------------------------- */

/* Whoever else can write the file could have any process of ours signalled. */
static const char *hooks_check_owner(int fd) {
    struct stat facts;
    if (fstat(fd, &facts) != 0) {
        return strerror(errno);
    }
    if (!S_ISREG(facts.st_mode)) {
        return "it is not a regular file";
    }
    bool is_ours = facts.st_uid == geteuid() || facts.st_uid == 0;
    return is_ours && (facts.st_mode & (S_IWGRP | S_IWOTH)) == 0 ? NULL
                                                                 : "another user can write it";
}

/* Digits and one line end at most. 0 would be this whole group, 1 the init process. */
static bool hooks_parse_pid(span text, pid_t *pid) {
    uint64_t number = 0;
    size_t size = text.size;
    size -= size > 0 && text.data[size - 1] == '\n' ? 1 : 0;
    if (!number_parse(span_cut(text, 0, size), 10, HOOKS_PID_MAX, &number) || number < 2) {
        return false;
    }
    *pid = (pid_t)number;
    return true;
}

/* NULL, or why there is no process. */
static const char *hooks_read_pid(int fd, pid_t *pid) {
    char digits[16];
    size_t size = 0;
    const char *fault = hooks_check_owner(fd);
    if (fault != NULL) {
        return fault;
    }
    if (!io_read(fd, digits, sizeof digits, IO_NO_DEADLINE, &size)) {
        return strerror(errno);
    }
    return hooks_parse_pid((span){digits, size}, pid) ? NULL : "it has no process ID";
}

static void hooks_send_signal(const struct hooks *hooks) {
    pid_t pid = 0;
    int fd = open(hooks->options->pid_file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    const char *fault = fd < 0 ? strerror(errno) : hooks_read_pid(fd, &pid);
    if (fd >= 0) {
        close(fd);
    }
    if (fault != NULL) {
        hooks_warn(hooks, "--signal: not sent, PIDFILE: ", fault);
    } else if (kill(pid, hooks->options->signal) != 0) {
        hooks_warn(hooks, "--signal: not sent to the process of PIDFILE: ", strerror(errno));
    }
}

/* ---- the command ----------------------------------------------------------------------------- */

/* By --run, or after "--". */
static bool hooks_has_command(const struct hooks *hooks) {
    return hooks->options->arguments != NULL || hooks->options->values[OPTION_RUN] != NULL;
}

/* As in images that hold one program and nothing else. */
static bool hooks_lacks_shell(const struct hooks *hooks) {
    return hooks->options->arguments == NULL && access(HOOKS_SHELL, X_OK) != 0;
}

bool hooks_succeeded(const struct hooks *hooks, pinetoken_error *error) {
    int status = hooks->exit_status;
    bool is_signal = status > HOOKS_SIGNALLED;
    if (status == 0) {
        return true;
    }
    if (status == HOOKS_NOT_FOUND && hooks_lacks_shell(hooks)) {
        return error_set_parts(
            error, PINETOKEN_LOCAL,
            ERROR_PARTS("--run: there is no shell: " HOOKS_SHELL ": ", strerror(errno)),
            "give the command after -- instead: it needs none");
    }
    error_begin(error, PINETOKEN_LOCAL, hooks->options->arguments == NULL ? "--run: " : "agent: ");
    error_add(error, is_signal ? "the command was killed by signal "
                               : "the command ended with exit status ");
    error_add_number(error, is_signal ? status - HOOKS_SIGNALLED : status);
    return error_advise(error, status == HOOKS_NOT_FOUND ? "check its name and PATH" : "");
}

/* A command that goes on failing is warned of once; the only one of --once is an error. */
static void hooks_set_status(struct hooks *hooks, int status) {
    pinetoken_error fault;
    bool is_news = status != hooks->exit_status && hooks->options->counts[OPTION_ONCE] == 0;
    hooks->exit_status = status;
    if (is_news && !hooks_succeeded(hooks, &fault)) {
        hooks_warn(hooks, fault.message, "");
    }
}

_Noreturn static void hooks_become_command(const struct hooks *hooks) {
    const char *const shell[] = {"sh", "-c", hooks->options->values[OPTION_RUN], NULL};
    char **arguments = hooks->options->arguments;
    char **environment = environment_without_secrets(NULL);
    process_restore_signals();
    if (environment != NULL && arguments != NULL) {
        execvpe(arguments[0], arguments, environment);
    } else if (environment != NULL) {
        execve(HOOKS_SHELL, (char *const *)(const void *)shell, environment);
    }
    _exit(HOOKS_NOT_FOUND);
}

static void hooks_start_command(struct hooks *hooks) {
    hooks->run_again = hooks->running > 0;
    if (hooks->running > 0) {
        return;
    }
    if (hooks_lacks_shell(hooks)) {
        hooks_set_status(hooks, HOOKS_NOT_FOUND);
        return;
    }
    hooks->running = _Fork();
    if (hooks->running == 0) {
        hooks_become_command(hooks);
    }
    if (hooks->running < 0) {
        hooks_warn(hooks, "agent: the command cannot be started: ", strerror(errno));
        hooks->running = 0;
    }
}

void hooks_run(struct hooks *hooks) {
    if (hooks->options->signal > 0) {
        hooks_send_signal(hooks);
    }
    if (hooks_has_command(hooks)) {
        hooks_start_command(hooks);
    }
}

void hooks_reaped(struct hooks *hooks, pid_t pid, int status) {
    if (pid != hooks->running) {
        return;
    }
    hooks->running = 0;
    hooks_set_status(hooks, WIFSIGNALED(status) ? HOOKS_SIGNALLED + WTERMSIG(status)
                                                : WEXITSTATUS(status));
    if (hooks->run_again) {
        hooks_start_command(hooks);
    }
}
