/* Keeps a file with a valid token. One loop that blocks only in poll(2): what may take long, a
 * fetch, runs in a worker. */
#include "agent/agent.h"

#include "agent/notify.h"
#include "agent/paths.h"
#include "agent/renewal.h"
#include "base/error.h"
#include "os/secure_memory.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* A smaller difference is not a jump of the clock: NTP's small steps, and the time between two
 * readings. */
#define AGENT_JITTER_MS 2000

/* What the loop waits for, besides the worker. */
struct agent_descriptors {
    int signals;   /* signalfd */
    int timer;     /* timerfd: something is due */
    int set_clock; /* timerfd: somebody set the clock */
};

/* ---- signals --------------------------------------------------------------------------------- */

/* As process 1, of every process that lost its parent. */
static void agent_reap(struct agent *agent) {
    int status = 0;
    pid_t pid = waitpid(-1, &status, WNOHANG);
    for (; pid > 0; pid = waitpid(-1, &status, WNOHANG)) {
        if (!worker_reaped(&agent->worker, pid, status)) {
            hooks_reaped(&agent->hooks, pid, status);
        }
    }
    if (agent->options->counts[OPTION_ONCE] > 0 && agent->has_token && agent->hooks.running == 0) {
        agent->is_over = true;
    }
}

static void agent_handle_signal(struct agent *agent, uint32_t number) {
    switch (number) {
        case SIGTERM:
        case SIGINT: agent->is_over = true; break;
        case SIGHUP:
            renewal_read_credentials(agent);
            renewal_ask(agent);
            break;
        case SIGUSR1: renewal_ask(agent); break;
        default: agent_reap(agent); break; /* SIGCHLD */
    }
}

static void agent_handle_signals(struct agent *agent, int signals) {
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
        agent_handle_signal(agent, info.ssi_signo);
    }
}

/* ---- clocks ---------------------------------------------------------------------------------- */

static void agent_read_clocks(struct agent *agent) {
    int64_t boot = agent_now();
    agent->clock_ahead = clock_ms(CLOCK_REALTIME) - boot;
    agent->suspended = boot - clock_ms(CLOCK_MONOTONIC);
}

static void agent_compare_clocks(struct agent *agent) {
    int64_t ahead = agent->clock_ahead;
    int64_t suspended = agent->suspended;
    agent_read_clocks(agent);
    int64_t jump = agent->clock_ahead - ahead;
    if (agent->suspended > suspended + AGENT_JITTER_MS) {
        agent_log(agent, "agent.suspended_ms",
                  "the system was suspended, milliseconds:", agent->suspended - suspended,
                  SPAN(""));
    } else {
        agent->suspended = suspended;
    }
    if (jump > AGENT_JITTER_MS || jump < -AGENT_JITTER_MS) {
        agent_log(agent, "agent.clock_set_ms", "the clock was set, by milliseconds:", jump,
                  SPAN(""));
        renewal_follow_clock(agent, jump);
    } else {
        agent->clock_ahead = ahead;
    }
}

static void agent_read_timers(const struct agent_descriptors *descriptors) {
    uint64_t expirations = 0;
    const int timers[] = {descriptors->timer, descriptors->set_clock};
    for (size_t i = 0; i < sizeof timers / sizeof timers[0]; i++) {
        /* EAGAIN is what most of them say. */
        ssize_t got = read(timers[i], &expirations, sizeof expirations);
        (void)got;
    }
}

/* Both timers end what poll(2) waits for; one of them counts time in suspend. */
static void agent_set_timers(const struct agent *agent,
                             const struct agent_descriptors *descriptors) {
    int64_t next = renewal_next(agent);
    next = agent->watchdog_at > 0 && agent->watchdog_at < next ? agent->watchdog_at : next;
    next = next > 0 ? next : 1;
    const struct itimerspec due = {.it_value = {.tv_sec = (time_t)(next / 1000),
                                                .tv_nsec = (long)(next % 1000) * 1000000 + 1}};
    const struct itimerspec never = {.it_value = {.tv_sec = (time_t)LIMIT_UNIX_TIME}};
    (void)timerfd_settime(descriptors->timer, TFD_TIMER_ABSTIME, &due, NULL);
    (void)timerfd_settime(descriptors->set_clock, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
                          &never, NULL);
}

static void agent_feed_watchdog(struct agent *agent) {
    int64_t now = agent_now();
    if (agent->watchdog_at > 0 && now >= agent->watchdog_at) {
        notify("WATCHDOG=1");
        agent->watchdog_at = now + (notify_watchdog_ms() + 1) / 2;
    }
}

/* ---- from start to end ----------------------------------------------------------------------- */

static bool agent_open(struct agent_descriptors *descriptors, pinetoken_error *error) {
    static const int handled[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof handled / sizeof handled[0]; i++) {
        sigaddset(&set, handled[i]);
    }
    sigprocmask(SIG_BLOCK, &set, NULL);
    descriptors->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    descriptors->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    descriptors->set_clock = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    return (descriptors->signals >= 0 && descriptors->timer >= 0 && descriptors->set_clock >= 0) ||
           error_set_parts(error, PINETOKEN_INTERNAL,
                           ERROR_PARTS("agent: cannot open a descriptor: ", strerror(errno)),
                           "check the limit of open files (ulimit -n)");
}

static void agent_close(const struct agent_descriptors *descriptors) {
    close(descriptors->signals);
    close(descriptors->timer);
    close(descriptors->set_clock);
}

static void agent_wait(const struct agent *agent, const struct agent_descriptors *descriptors) {
    struct pollfd fds[3 + WORKER_DESCRIPTORS] = {
        {.fd = descriptors->signals, .events = POLLIN},
        {.fd = descriptors->timer, .events = POLLIN},
        {.fd = descriptors->set_clock, .events = POLLIN},
    };
    if (agent->is_fetching) {
        worker_descriptors(&agent->worker, fds + 3);
    }
    poll(fds, agent->is_fetching ? 3 + WORKER_DESCRIPTORS : 3, -1);
}

static void agent_loop(struct agent *agent, const struct agent_descriptors *descriptors) {
    agent->due = agent_now();
    agent->fetched_at = INT64_MIN / 2;
    agent->watchdog_at = notify_watchdog_ms() > 0 ? agent->due : 0;
    agent_read_clocks(agent);
    while (!agent->is_over) {
        agent_set_timers(agent, descriptors);
        agent_wait(agent, descriptors);
        agent_read_timers(descriptors);
        agent_compare_clocks(agent);
        agent_handle_signals(agent, descriptors->signals);
        agent_feed_watchdog(agent);
        if (agent->is_fetching && !agent->is_over) {
            renewal_step(agent);
        }
        if (!agent->is_over) {
            renewal_check_time(agent);
        }
    }
    notify("STOPPING=1");
    renewal_stop(agent);
}

/* Whether the token in the file is valid, according to the file's time. */
static bool agent_check(const struct options *options, pinetoken_error *error) {
    struct stat facts;
    if (stat(options->values[OPTION_OUT], &facts) != 0) {
        return error_set_parts(
            error, PINETOKEN_LOCAL,
            ERROR_PARTS("--check: the file cannot be examined: ", strerror(errno)),
            "is the agent running?");
    }
    bool has_token = S_ISREG(facts.st_mode) && facts.st_size > 0;
    return (has_token && facts.st_mtime > time(NULL)) ||
           error_set(error, PINETOKEN_LOCAL,
                     has_token ? "--check: the token in the file has expired"
                               : "--check: the file has no token in it",
                     "see what the agent reported");
}

static bool agent_run(struct agent *agent, pinetoken_error *error) {
    struct agent_descriptors descriptors;
    if (!paths_check(agent->options, error) ||
        !credentials_find_id(&agent->credentials->id, agent->options, agent->console, error) ||
        !credentials_find_secret(&agent->credentials->secret, agent->options, agent->console,
                                 error)) {
        return false;
    }
    console_show_warning(agent->console);
    agent->console->warning[0] = '\0';
    if (!agent_open(&descriptors, error)) {
        return false;
    }
    /* A token of an earlier run is as good as one of this run. */
    if (agent_check(agent->options, error)) {
        notify("READY=1\nSTATUS=the file holds a token; fetching");
    }
    agent_loop(agent, &descriptors);
    agent_close(&descriptors);
    *error = agent->error;
    return error->status == PINETOKEN_OK;
}

bool cmd_agent(struct invocation *invocation, pinetoken_error *error) {
    static struct agent agent; /* too large for the stack */
    struct options *options = invocation->options;
    struct console *console = invocation->console;
    if (options->counts[OPTION_CHECK] > 0) {
        return agent_check(options, error);
    }
    agent = (struct agent){.options = options, .console = console};
    agent.hooks = (struct hooks){.options = options, .console = console};
    agent.credentials = secure_memory_new(sizeof *agent.credentials);
    if (agent.credentials == NULL) {
        return error_out_of_memory("agent", error);
    }
    bool done = agent_run(&agent, error);
    if (done && options->counts[OPTION_ONCE] > 0 && !hooks_succeeded(&agent.hooks, error)) {
        invocation->exit_code = agent.hooks.exit_status;
        done = false;
    }
    secure_memory_free(agent.credentials, sizeof *agent.credentials);
    explicit_bzero(&agent.fetched, sizeof agent.fetched);
    explicit_bzero(&agent.current, sizeof agent.current);
    return done;
}
