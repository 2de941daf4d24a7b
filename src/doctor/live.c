#include "doctor/live.h"

#include "cli/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

/* How often it looks. */
#define LIVE_INTERVAL_MS 100
/* Exit status after a failed write: this and its errno. Below it is the number of steps that are
 * shown. */
#define LIVE_WRITE_FAILED 128

_Noreturn static void live_run(struct view *view, int end_fd) {
    struct pollfd poll_fd = {.fd = end_fd};
    credentials_forget_environment();
    do {
        view_update(view);
    } while (view->failed == 0 && poll(&poll_fd, 1, LIVE_INTERVAL_MS) <= 0);
    /* Shows what has been added since. */
    view_update(view);
    _exit(view->failed != 0 ? LIVE_WRITE_FAILED + view->failed : (int)view->shown);
}

void live_start(struct live *live, struct view *view) {
    int ends[2];
    *live = (struct live){.pid = -1, .end_fd = -1};
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return;
    }
    live->pid = _Fork();
    if (live->pid == 0) {
        close(ends[1]);
        live_run(view, ends[0]);
    }
    close(ends[0]);
    live->end_fd = ends[1];
}

void live_stop(struct live *live, struct view *view) {
    int status = 0;
    if (live->end_fd >= 0) {
        close(live->end_fd);
    }
    if (live->pid <= 0 || waitpid(live->pid, &status, 0) < 0) {
        return;
    }
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : LIVE_WRITE_FAILED + EIO;
    view->failed = code > LIVE_WRITE_FAILED ? code - LIVE_WRITE_FAILED : 0;
    view->shown = view->failed != 0 ? 0 : (size_t)code;
}
