/* Keeps a file holding a fresh token. One loop, which never blocks but in poll(2): what may take
 * long, a fetch, is a worker's. Moments are by the clock that goes on through a suspend
 * (CLOCK_BOOTTIME) and that nobody sets. */
#include "agent/agent.h"
#include "agent/hooks.h"
#include "agent/metrics.h"
#include "agent/notify.h"
#include "agent/schedule.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/fetch.h"
#include "cli/output.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/secure_memory.h"
#include "sandbox/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* The life of a token whose issuer does not tell it. Seconds. */
#define UNKNOWN_LIFE 3600
/* Not more often than this, however short tokens live. */
#define LEAST_WAIT_MS 1000
/* How much longer than its own time a fetch is waited for. */
#define GRACE_MS 5000
/* What is no jump yet: NTP's small steps, and the time between two readings. */
#define JITTER_MS 2000

struct agent {
    const struct options *options;
    struct console *console;
    struct credentials *credentials; /* in secure memory */
    struct hooks hooks;
    struct metrics metrics;
    struct worker worker;         /* fetches, while `is_fetching` */
    struct worker_result fetched; /* by it */
    struct worker_result current; /* in the file */
    bool is_fetching, has_token, is_over;
    int signals;           /* signalfd */
    int timer;             /* timerfd: something is due */
    int set_clock;         /* timerfd: somebody set the clock */
    int64_t due;           /* the next fetch, or the end of this one */
    int64_t beat;          /* of the watchdog; 0: nobody waits for it */
    int64_t ahead;         /* the clock's lead on the one that nobody sets */
    int64_t asleep;        /* how long the machine was, so far */
    pinetoken_error error; /* that ended it */
};

static int64_t now_ms(void) {
    return clock_ms(CLOCK_BOOTTIME);
}

static uint32_t any_number(void) {
    uint32_t number = 0;
    if (getrandom(&number, sizeof number, GRND_NONBLOCK) != (ssize_t)sizeof number) {
        number = (uint32_t)now_ms() * 2654435761u;
    }
    return number;
}

static void agent_log(const struct agent *agent, const char *name, const char *what,
                      int64_t number) {
    const pinetoken_event event = {
        .level = PINETOKEN_LOG_INFO,
        .phase = PINETOKEN_PHASE_WAIT,
        .name = name,
        .what = what,
        .number = number,
    };
    console_event(agent->console, &event);
}

static void warn(const struct agent *agent, const pinetoken_error *error) {
    char line[ERROR_LINE_CAPACITY + 1];
    struct buffer buffer;
    buffer_init(&buffer, line, sizeof line - 1);
    error_line(error, &buffer);
    line[buffer.size] = '\0';
    console_warn(agent->console, line);
    console_show_warning(agent->console);
    agent->console->warning[0] = '\0';
}

static void end(struct agent *agent, const pinetoken_error *error) {
    agent->error = *error;
    agent->is_over = true;
}

/* ---- what others see ------------------------------------------------------------------------- */

/* The file's time is the end of its token, which --check reads; so it does whatever the format. */
static bool write_file(const struct agent *agent, const struct worker_result *result,
                       pinetoken_error *error) {
    char data[OUTPUT_MAX];
    pinetoken_token token = worker_result_token(result);
    const struct options *options = agent->options;
    const struct file_attributes facts = {options->mode, options->owner, options->group,
                                          token.expires_at >= 0 ? token.expires_at
                                                                : token.obtained_at + UNKNOWN_LIFE};
    token.expires_in =
        token.expires_at < 0 ? -1 : token.expires_at - clock_ms(CLOCK_REALTIME) / 1000;
    size_t size = output_format(&token, options->format, data);
    bool done = file_write_atomically(options->values[OPTION_OUT], data, size, &facts, error);
    explicit_bzero(data, sizeof data);
    return done;
}

static void write_metrics(struct agent *agent) {
    pinetoken_error error;
    const char *path = agent->options->values[OPTION_METRICS];
    agent->metrics.obtained_at = agent->current.obtained_at;
    agent->metrics.expires_at = agent->has_token ? agent->current.expires_at : -1;
    agent->metrics.renews_at = (agent->due + agent->ahead) / 1000;
    if (path != NULL && !metrics_write(&agent->metrics, path, &error)) {
        warn(agent, &error);
    }
}

static void tell_supervisor(const struct agent *agent, const char *state, const char *why) {
    char data[PINETOKEN_MESSAGE_CAPACITY + 128];
    struct text text;
    text_init(&text, data, sizeof data);
    text_append(&text, state);
    text_append(&text, "STATUS=");
    text_append(&text, agent->has_token ? "holds a token; next fetch in "
                                        : "no token yet; next fetch in ");
    text_append_number(&text, (agent->due - now_ms() + 999) / 1000);
    text_append(&text, " s");
    text_append(&text, why[0] != '\0' ? "; the last one failed: " : "");
    text_append(&text, why);
    notify(data);
}

/* ---- a fetch --------------------------------------------------------------------------------- */

static bool take_token(void *user, const pinetoken_token *token, pinetoken_error *error) {
    (void)error;
    worker_result_set_token(user, token);
    return true;
}

/* In the worker: whoever else shares the store may have a newer one already. */
static void work(void *user, struct worker_result *result) {
    struct agent *agent = user;
    const struct fetch fetch = {.options = agent->options,
                                .console = agent->console,
                                .demand = {.newer_than = agent->current.obtained_at},
                                .credentials = agent->credentials,
                                .use = take_token,
                                .user = result};
    secure_memory_lock(agent->credentials, sizeof *agent->credentials);
    if (fetch_token(&fetch, &result->error)) {
        result->error.status = PINETOKEN_OK;
    }
    memcpy(result->warning, agent->console->warning, sizeof result->warning);
}

static void fail(struct agent *agent, const pinetoken_error *error) {
    bool is_final = agent->options->counts[OPTION_ONCE] > 0 ||
                    (!agent->has_token && !pinetoken_status_retryable(error->status));
    agent->metrics.fetches[error->status]++;
    agent->metrics.failures++;
    agent->due =
        now_ms() + schedule_retry(agent->metrics.failures, error->retry_after_ms, any_number());
    write_metrics(agent);
    if (is_final) {
        end(agent, error);
        return;
    }
    warn(agent, error);
    agent_log(agent, "agent.next_fetch_ms", "next fetch in milliseconds:", agent->due - now_ms());
    tell_supervisor(agent, "", error->message);
}

static void start_fetch(struct agent *agent) {
    pinetoken_error error;
    const struct worker_descriptors none = {-1, -1};
    agent->is_fetching = worker_start(&agent->worker, work, agent, &none, &agent->fetched, &error);
    if (!agent->is_fetching) {
        fail(agent, &error);
        return;
    }
    worker_end_request(&agent->worker);
    agent->due = now_ms() + agent->options->timeout_ms + GRACE_MS;
}

static void stop_fetch(struct agent *agent) {
    if (agent->is_fetching && !worker_end(&agent->worker)) {
        console_warn(agent->console, WORKER_ENDED_BADLY);
        console_show_warning(agent->console);
        agent->console->warning[0] = '\0';
    }
    agent->is_fetching = false;
}

static void plan_renewal(struct agent *agent) {
    const struct worker_result *current = &agent->current;
    int64_t now = now_ms();
    int64_t age = clock_ms(CLOCK_REALTIME) - current->obtained_at * 1000;
    int64_t life =
        current->expires_at < 0 ? UNKNOWN_LIFE : current->expires_at - current->obtained_at;
    int64_t due = schedule_renewal(now - (age > 0 ? age : 0), life * 1000, any_number());
    agent->due = due > now + LEAST_WAIT_MS ? due : now + LEAST_WAIT_MS;
}

static void take_new_token(struct agent *agent) {
    pinetoken_error error;
    bool is_first = !agent->has_token;
    if (!write_file(agent, &agent->fetched, &error)) {
        fail(agent, &error);
        return;
    }
    agent->current = agent->fetched;
    agent->has_token = true;
    agent->metrics.fetches[PINETOKEN_OK]++;
    agent->metrics.failures = 0;
    plan_renewal(agent);
    write_metrics(agent);
    agent_log(agent, "agent.renewed",
              "new token in the file; next fetch in milliseconds:", agent->due - now_ms());
    tell_supervisor(agent, is_first ? "READY=1\n" : "", "");
    hooks_run(&agent->hooks);
    agent->is_over = agent->options->counts[OPTION_ONCE] > 0 && agent->hooks.running == 0;
}

static void take_outcome(struct agent *agent) {
    pinetoken_error error;
    enum worker_state state = worker_take(&agent->worker, &error);
    if (state == WORKER_BUSY) {
        return;
    }
    stop_fetch(agent);
    if (state == WORKER_DONE && agent->fetched.warning[0] != '\0') {
        console_warn(agent->console, agent->fetched.warning);
        console_show_warning(agent->console);
        agent->console->warning[0] = '\0';
    }
    if (state == WORKER_DONE && agent->fetched.error.status == PINETOKEN_OK) {
        take_new_token(agent);
    } else {
        fail(agent, state == WORKER_DONE ? &agent->fetched.error : &error);
    }
}

static void take_time(struct agent *agent) {
    int64_t now = now_ms();
    if (agent->beat > 0 && now >= agent->beat) {
        notify("WATCHDOG=1");
        agent->beat = now + notify_watchdog_ms() / 2;
    }
    if (now < agent->due || agent->is_over) {
        return;
    }
    if (agent->is_fetching) {
        pinetoken_error error;
        stop_fetch(agent);
        error_set(&error, PINETOKEN_TIMEOUT, "timeout: a fetch did not end by itself", "");
        fail(agent, &error);
    } else {
        start_fetch(agent);
    }
}

/* ---- signals --------------------------------------------------------------------------------- */

static void read_credentials_again(struct agent *agent) {
    pinetoken_error error;
    struct credentials *fresh = secure_memory_new(sizeof *fresh);
    if (fresh == NULL) {
        return;
    }
    /* What came by the environment was overwritten there, and stays as it is. */
    bool is_kept = credentials_secret_is_variable(agent->options);
    if (credentials_find_id(&fresh->id, agent->options, agent->console, &error) &&
        (is_kept ||
         credentials_find_secret(&fresh->secret, agent->options, agent->console, &error))) {
        agent->credentials->id = fresh->id;
        agent->credentials->secret = is_kept ? agent->credentials->secret : fresh->secret;
    } else {
        warn(agent, &error);
    }
    secure_memory_free(fresh, sizeof *fresh);
}

/* As process 1, of every process that lost its parent. */
static void reap(struct agent *agent) {
    int status = 0;
    pid_t pid = waitpid(-1, &status, WNOHANG);
    for (; pid > 0; pid = waitpid(-1, &status, WNOHANG)) {
        if (!worker_note_end(&agent->worker, pid, status)) {
            hooks_note_end(&agent->hooks, pid, status);
        }
    }
    if (agent->options->counts[OPTION_ONCE] > 0 && agent->has_token && agent->hooks.running == 0) {
        agent->is_over = true;
    }
}

static void take_signals(struct agent *agent) {
    struct signalfd_siginfo info;
    while (read(agent->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        switch (info.ssi_signo) {
            case SIGTERM:
            case SIGINT: agent->is_over = true; break;
            case SIGHUP:
                read_credentials_again(agent);
                stop_fetch(agent);
                agent->due = now_ms();
                break;
            case SIGUSR1: agent->due = agent->is_fetching ? agent->due : now_ms(); break;
            default: reap(agent); break;
        }
    }
}

/* ---- clocks ---------------------------------------------------------------------------------- */

/* What was said by the old clock is said again by the new one. */
static void follow_clock(struct agent *agent, int64_t jump) {
    pinetoken_error error;
    struct worker_result *current = &agent->current;
    agent_log(agent, "agent.clock_set_ms", "the clock was set, by milliseconds:", jump);
    if (!agent->has_token) {
        return;
    }
    current->obtained_at += jump / 1000;
    current->expires_at += current->expires_at < 0 ? 0 : jump / 1000;
    if (!write_file(agent, current, &error)) {
        warn(agent, &error);
    }
    write_metrics(agent);
}

static void look_at_clocks(struct agent *agent) {
    uint64_t expirations = 0;
    int64_t boot = now_ms();
    int64_t ahead = clock_ms(CLOCK_REALTIME) - boot;
    int64_t asleep = boot - clock_ms(CLOCK_MONOTONIC);
    int64_t jump = ahead - agent->ahead;
    (void)!read(agent->timer, &expirations, sizeof expirations);
    (void)!read(agent->set_clock, &expirations, sizeof expirations);
    if (asleep > agent->asleep + JITTER_MS) {
        agent_log(agent, "agent.suspended_ms",
                  "the system was suspended, milliseconds:", asleep - agent->asleep);
        agent->asleep = asleep;
    }
    if (jump > JITTER_MS || jump < -JITTER_MS) {
        agent->ahead = ahead;
        follow_clock(agent, jump);
    }
}

/* Both timers end what poll(2) waits for; one of them a suspend does not stop. */
static void set_timers(const struct agent *agent) {
    int64_t next = agent->beat > 0 && agent->beat < agent->due ? agent->beat : agent->due;
    const struct itimerspec due = {.it_value = {.tv_sec = (time_t)(next / 1000),
                                                .tv_nsec = (long)(next % 1000) * 1000000 + 1}};
    const struct itimerspec never = {.it_value = {.tv_sec = INT32_MAX}};
    (void)timerfd_settime(agent->timer, TFD_TIMER_ABSTIME, &due, NULL);
    (void)timerfd_settime(agent->set_clock, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
                          NULL);
}

/* ---- from start to end ----------------------------------------------------------------------- */

static bool open_descriptors(struct agent *agent, pinetoken_error *error) {
    static const int taken[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        sigaddset(&set, taken[i]);
    }
    (void)sigprocmask(SIG_BLOCK, &set, &agent->hooks.mask);
    agent->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    agent->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    agent->set_clock = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    return (agent->signals >= 0 && agent->timer >= 0 && agent->set_clock >= 0) ||
           error_set_parts(error, PINETOKEN_INTERNAL,
                           ERROR_PARTS("agent: no descriptors: ", strerror(errno)), "");
}

static void close_descriptors(const struct agent *agent) {
    close(agent->signals);
    close(agent->timer);
    close(agent->set_clock);
}

static void loop(struct agent *agent) {
    agent->due = now_ms();
    agent->ahead = clock_ms(CLOCK_REALTIME) - agent->due;
    agent->asleep = agent->due - clock_ms(CLOCK_MONOTONIC);
    agent->beat = notify_watchdog_ms() > 0 ? agent->due : 0;
    while (!agent->is_over) {
        set_timers(agent);
        struct pollfd fds[] = {
            {.fd = agent->signals, .events = POLLIN},
            {.fd = agent->timer, .events = POLLIN},
            {.fd = agent->set_clock, .events = POLLIN},
            {.fd = agent->is_fetching ? agent->worker.result_fd : -1, .events = POLLIN},
        };
        (void)poll(fds, sizeof fds / sizeof fds[0], -1);
        look_at_clocks(agent);
        take_signals(agent);
        if (agent->is_fetching && fds[3].revents != 0 && !agent->is_over) {
            take_outcome(agent);
        }
        take_time(agent);
    }
    notify("STOPPING=1");
    stop_fetch(agent);
}

static bool check(const struct options *options, pinetoken_error *error) {
    struct stat facts;
    if (stat(options->values[OPTION_OUT], &facts) != 0) {
        return error_set_parts(
            error, PINETOKEN_LOCAL,
            ERROR_PARTS("--check: the file cannot be looked at: ", strerror(errno)),
            "does agent run?");
    }
    return (S_ISREG(facts.st_mode) && facts.st_size > 0 && facts.st_mtime > time(NULL)) ||
           error_set(error, PINETOKEN_LOCAL, "--check: the file's token has ended",
                     "see what agent said");
}

static bool run(struct agent *agent, pinetoken_error *error) {
    if (!credentials_find_id(&agent->credentials->id, agent->options, agent->console, error) ||
        !credentials_find_secret(&agent->credentials->secret, agent->options, agent->console,
                                 error)) {
        return false;
    }
    console_show_warning(agent->console);
    agent->console->warning[0] = '\0';
    if (open_descriptors(agent, error)) {
        loop(agent);
        *error = agent->error;
        close_descriptors(agent);
    }
    return error->status == PINETOKEN_OK;
}

bool cmd_agent(struct invocation *invocation, pinetoken_error *error) {
    static struct agent agent;
    const struct options *options = invocation->options;
    struct console *console = invocation->console;
    if (options->counts[OPTION_CHECK] > 0) {
        return check(options, error);
    }
    agent = (struct agent){.options = options, .console = console};
    agent.hooks = (struct hooks){.options = options, .console = console};
    agent.credentials = secure_memory_new(sizeof *agent.credentials);
    if (agent.credentials == NULL) {
        return error_set(error, PINETOKEN_INTERNAL, "agent: out of memory", "");
    }
    bool done = run(&agent, error);
    secure_memory_free(agent.credentials, sizeof *agent.credentials);
    explicit_bzero(&agent.fetched, sizeof agent.fetched);
    explicit_bzero(&agent.current, sizeof agent.current);
    return done;
}
