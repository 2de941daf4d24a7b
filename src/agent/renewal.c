#include "agent/renewal.h"

#include "agent/notify.h"
#include "agent/schedule.h"
#include "base/error.h"
#include "cli/fetch.h"
#include "cli/output.h"
#include "os/file.h"
#include "os/random.h"
#include "os/secure_memory.h"

#include <string.h>

/* Not more often than this, however short-lived tokens are and however many signals arrive. */
#define RENEWAL_MIN_WAIT_MS 1000
/* How much longer than its own timeout a fetch is waited for. */
#define RENEWAL_GRACE_MS 5000
/* How long an expired token may stay in the file before that is reported: tokens that are valid
 * for a second or two are renewed this late. */
#define RENEWAL_EXPIRY_MS 2000
/* A file of credentials may be replaced without a signal (Kubernetes): how often it is looked at
 * after the issuer refused the old ones, ... */
#define RENEWAL_REREAD_MS 10000
/* ... and how often those are tried all the same. */
#define RENEWAL_REJECTED_MS INT64_C(900000)

/* Unix time at which a token expires. */
static int64_t renewal_expiry(const struct worker_result *result) {
    return result->expires_at >= 0 ? result->expires_at
                                   : result->obtained_at + RENEWAL_UNKNOWN_LIFETIME;
}

/* ---- what others see ------------------------------------------------------------------------- */

/* The time of the file is the token's expiry, which --check reads, whatever the format. */
static bool renewal_write_file(const struct agent *agent, const struct worker_result *result,
                               pinetoken_error *error) {
    char data[OUTPUT_MAX];
    pinetoken_token token = worker_result_token(result);
    const struct options *options = agent->options;
    const struct file_attributes attributes = {
        .mode = options->mode,
        .owner = options->owner,
        .group = options->group,
        .modified_at = renewal_expiry(result),
    };
    token.expires_in =
        token.expires_at < 0 ? -1 : token.expires_at - clock_ms(CLOCK_REALTIME) / 1000;
    size_t size = output_format(&token, options->format, data);
    bool done =
        file_write_atomically(options->values[OPTION_OUT], (span){data, size}, &attributes, error);
    explicit_bzero(data, sizeof data);
    return done;
}

static void renewal_write_metrics(struct agent *agent) {
    pinetoken_error error;
    const char *path = agent->options->values[OPTION_METRICS];
    agent->metrics.obtained_at = agent->current.obtained_at;
    agent->metrics.expires_at = agent->has_token ? agent->current.expires_at : -1;
    agent->metrics.renews_at = (agent->due + agent->clock_ahead) / 1000;
    if (path != NULL && !metrics_write(&agent->metrics, path, &error)) {
        agent_warn(agent, &error);
    }
}

static const char *renewal_status(const struct agent *agent) {
    if (!agent->has_token) {
        return "no token yet";
    }
    return agent->has_expired ? "the token has expired" : "holds a token";
}

/* Ready too while it waits for a first token: a supervisor that waits for it as well would end it
 * in the middle. */
static void renewal_notify(const struct agent *agent, const char *failure) {
    char data[PINETOKEN_MESSAGE_CAPACITY + 128];
    struct buffer text;
    buffer_init(&text, data, sizeof data);
    buffer_append_text(&text, "READY=1\nSTATUS=");
    buffer_append_text(&text, renewal_status(agent));
    buffer_append_text(&text, "; next fetch in ");
    buffer_append_signed(&text, (agent->due - agent_now() + 999) / 1000);
    buffer_append_text(&text, " s");
    if (failure[0] != '\0') {
        buffer_append_text(&text, "; the last one failed: ");
        buffer_append_cut(&text, span_text(failure));
    }
    notify(buffer_terminate(&text));
}

/* ---- credentials ----------------------------------------------------------------------------- */

static bool renewal_is_same(const struct credential *left, const struct credential *right) {
    return left->size == right->size && memcmp(left->text, right->text, left->size) == 0;
}

/* What came from the environment was overwritten there, and stays as it is. */
static bool renewal_read_into(struct agent *agent, struct credentials *fresh,
                              pinetoken_error *error) {
    fresh->secret = agent->credentials->secret;
    options_start_timeout(agent->options);
    return credentials_find_id(&fresh->id, agent->options, agent->console, error) &&
           (credentials_secret_is_variable() ||
            credentials_find_secret(&fresh->secret, agent->options, agent->console, error));
}

bool renewal_read_credentials(struct agent *agent) {
    pinetoken_error error;
    bool has_changed = false;
    struct credentials *fresh = secure_memory_new(sizeof *fresh);
    if (fresh == NULL) {
        return false;
    }
    if (renewal_read_into(agent, fresh, &error)) {
        has_changed = !renewal_is_same(&fresh->id, &agent->credentials->id) ||
                      !renewal_is_same(&fresh->secret, &agent->credentials->secret);
        *agent->credentials = *fresh;
    } else {
        agent_warn(agent, &error);
    }
    secure_memory_free(fresh, sizeof *fresh);
    return has_changed;
}

/* ---- a fetch --------------------------------------------------------------------------------- */

static bool renewal_take_token(void *user, const pinetoken_token *token, pinetoken_error *error) {
    (void)error;
    worker_result_set_token(user, token);
    return true;
}

/* In the worker, which starts another one for each try. It must not see earlier tokens; another
 * process may have cached a newer one already. */
static void renewal_work(void *user, struct worker_result *result) {
    struct agent *agent = user;
    const pinetoken_cache_policy policy = {.newer_than = agent->current.obtained_at,
                                           .refresh = agent->options->counts[OPTION_REFRESH] > 0 &&
                                                      !agent->has_token};
    const struct fetch fetch = {.options = agent->options,
                                .console = agent->console,
                                .policy = policy,
                                .credentials = agent->credentials,
                                .use = renewal_take_token,
                                .user = result};
    explicit_bzero(agent->current.token, sizeof agent->current.token);
    secure_memory_lock(agent->credentials, sizeof *agent->credentials);
    agent->console->warning[0] = '\0';
    /* -v is for what the agent does, a line per renewal; -vv for each fetch. */
    agent->console->verbosity = agent->console->verbosity > 1 ? agent->console->verbosity : 0;
    if (fetch_token(&fetch, &result->error)) {
        result->error.status = PINETOKEN_OK;
    }
    memcpy(result->warning, agent->console->warning, sizeof result->warning);
}

static void renewal_warn(void *user, const char *text) {
    struct agent *agent = user;
    pinetoken_error warning;
    uint32_t hash = 0;
    for (const char *at = text; *at != '\0'; at++) {
        hash = hash * 31 + (unsigned char)*at;
    }
    if (hash != agent->warned) {
        error_set(&warning, PINETOKEN_OK, text, "");
        agent_warn(agent, &warning);
    }
    agent->warned = hash;
}

/* The issuer's refusal is final until the credentials change. */
static void renewal_plan_retry(struct agent *agent, const pinetoken_error *error) {
    int64_t left =
        agent->has_token ? renewal_expiry(&agent->current) * 1000 - clock_ms(CLOCK_REALTIME) : 0;
    int64_t wait =
        schedule_retry(agent->metrics.failures, error->retry_after_ms, left, random_number());
    agent->is_rejected = error->status == PINETOKEN_REJECTED;
    if (agent->is_rejected && wait < RENEWAL_REJECTED_MS) {
        wait = RENEWAL_REJECTED_MS;
    }
    agent->reread_at = agent->is_rejected ? agent_now() + RENEWAL_REREAD_MS : 0;
    agent->due = agent_now() + wait;
}

static void renewal_fail(struct agent *agent, const pinetoken_error *error) {
    bool is_final = agent->options->counts[OPTION_ONCE] > 0 ||
                    (!agent->has_token && !pinetoken_status_retryable(error->status));
    agent->metrics.fetches[error->status]++;
    agent->metrics.failures++;
    renewal_plan_retry(agent, error);
    renewal_write_metrics(agent);
    if (is_final) {
        agent->error = *error;
        agent->is_over = true;
        return;
    }
    agent_warn(agent, error);
    agent_log(agent, "agent.next_fetch_ms", "next fetch in milliseconds:", agent->due - agent_now(),
              SPAN(""));
    renewal_notify(agent, error->message);
}

static void renewal_start(struct agent *agent) {
    pinetoken_error error;
    agent->job = (struct worker_job){
        .run = renewal_work, .user = agent, .warn = renewal_warn, .input = -1, .output = -1};
    agent->is_asked = false;
    agent->fetched_at = agent_now();
    options_start_timeout(agent->options);
    agent->is_fetching =
        worker_start(&agent->worker, &agent->job, (span){NULL, 0}, &agent->fetched, &error);
    if (!agent->is_fetching) {
        renewal_fail(agent, &error);
        return;
    }
    agent->due = agent->fetched_at + agent->options->timeout_ms + RENEWAL_GRACE_MS;
}

void renewal_stop(struct agent *agent) {
    if (agent->is_fetching) {
        worker_stop(&agent->worker);
    }
    agent->is_fetching = false;
}

void renewal_ask(struct agent *agent) {
    int64_t earliest = agent->fetched_at + RENEWAL_MIN_WAIT_MS;
    agent->is_asked = agent->is_fetching;
    if (!agent->is_fetching) {
        agent->due = agent_now() > earliest ? agent_now() : earliest;
    }
}

/* ---- a new token ----------------------------------------------------------------------------- */

static void renewal_plan(struct agent *agent) {
    const struct worker_result *current = &agent->current;
    int64_t now = agent_now();
    int64_t age = clock_ms(CLOCK_REALTIME) - current->obtained_at * 1000;
    int64_t lifetime = renewal_expiry(current) - current->obtained_at;
    int64_t due = schedule_renewal(now - (age > 0 ? age : 0), lifetime * 1000, random_number());
    int64_t earliest = now + RENEWAL_MIN_WAIT_MS;
    agent->due = due > earliest ? due : earliest;
}

/* The one line of a renewal: "new token in the file, valid for 1800 s; next fetch in 1500 s". */
static void renewal_log(const struct agent *agent) {
    char data[48];
    struct buffer text;
    buffer_init(&text, data, sizeof data);
    buffer_append_text(&text, "s; next fetch in ");
    buffer_append_signed(&text, (agent->due - agent_now() + 999) / 1000);
    buffer_append_text(&text, " s");
    agent_log(agent, "agent.renewed", "new token in the file, valid for",
              renewal_expiry(&agent->current) - clock_ms(CLOCK_REALTIME) / 1000,
              buffer_span(&text));
}

static void renewal_publish(struct agent *agent) {
    pinetoken_error error;
    agent->is_unwritten = true;
    if (!renewal_write_file(agent, &agent->fetched, &error)) {
        renewal_fail(agent, &error);
        return;
    }
    agent->is_unwritten = agent->has_expired = agent->is_rejected = false;
    agent->reread_at = 0;
    agent->current = agent->fetched;
    agent->has_token = true;
    agent->metrics.fetches[PINETOKEN_OK]++;
    agent->metrics.failures = 0;
    renewal_plan(agent);
    renewal_write_metrics(agent);
    renewal_log(agent);
    renewal_notify(agent, "");
    hooks_run(&agent->hooks);
    agent->is_over = agent->options->counts[OPTION_ONCE] > 0 && agent->hooks.running == 0;
}

/* The secret may have been replaced since it was read: once more, with the new one. */
static void renewal_take_failure(struct agent *agent, const pinetoken_error *error) {
    if (error->status == PINETOKEN_REJECTED && renewal_read_credentials(agent)) {
        renewal_ask(agent);
    } else {
        renewal_fail(agent, error);
    }
}

void renewal_step(struct agent *agent) {
    pinetoken_error error;
    enum worker_state state = worker_step(&agent->worker, &error);
    if (state == WORKER_BUSY) {
        return;
    }
    renewal_stop(agent);
    if (state == WORKER_DONE && agent->fetched.error.status == PINETOKEN_OK) {
        renewal_publish(agent);
    } else {
        renewal_take_failure(agent, state == WORKER_DONE ? &agent->fetched.error : &error);
    }
    if (agent->is_asked) {
        renewal_ask(agent);
    }
}

/* ---- time ------------------------------------------------------------------------------------ */

/* When the expiry of the token in the file is reported. INT64_MAX: never, or it was. */
static int64_t renewal_reports_at(const struct agent *agent) {
    return agent->has_token && !agent->has_expired
               ? renewal_expiry(&agent->current) * 1000 - agent->clock_ahead + RENEWAL_EXPIRY_MS
               : INT64_MAX;
}

int64_t renewal_next(const struct agent *agent) {
    int64_t reports_at = renewal_reports_at(agent);
    int64_t next = reports_at < agent->due ? reports_at : agent->due;
    return agent->reread_at > 0 && agent->reread_at < next ? agent->reread_at : next;
}

static void renewal_report_expiry(struct agent *agent) {
    pinetoken_error warning;
    agent->has_expired = true;
    error_begin(&warning, PINETOKEN_OK, "agent: the token in ");
    error_add_quoted(&warning, span_text(agent->options->values[OPTION_OUT]));
    error_add(&warning, " has expired");
    error_advise(&warning, "see the failures before");
    agent_warn(agent, &warning);
    renewal_notify(agent, "");
}

static void renewal_reread(struct agent *agent) {
    agent->reread_at = agent_now() + RENEWAL_REREAD_MS;
    if (renewal_read_credentials(agent)) {
        agent->reread_at = 0;
        renewal_ask(agent);
    }
}

/* A token that could not be written is written now, unless a newer one is needed. */
static void renewal_start_due(struct agent *agent) {
    if (agent->is_unwritten &&
        renewal_expiry(&agent->fetched) * 1000 > clock_ms(CLOCK_REALTIME) + RENEWAL_GRACE_MS) {
        renewal_publish(agent);
    } else {
        agent->is_unwritten = false;
        renewal_start(agent);
    }
}

void renewal_check_time(struct agent *agent) {
    int64_t now = agent_now();
    if (now >= renewal_reports_at(agent)) {
        renewal_report_expiry(agent);
    }
    if (agent->reread_at > 0 && now >= agent->reread_at && !agent->is_fetching) {
        renewal_reread(agent);
    }
    if (now < agent->due) {
        return;
    }
    if (agent->is_fetching) {
        pinetoken_error error;
        renewal_stop(agent);
        error_set(&error, PINETOKEN_TIMEOUT, "timeout: a fetch did not end by itself", "");
        renewal_fail(agent, &error);
    } else {
        renewal_start_due(agent);
    }
}

void renewal_follow_clock(struct agent *agent, int64_t jump_ms) {
    pinetoken_error error;
    struct worker_result *current = &agent->current;
    if (!agent->has_token) {
        return;
    }
    current->obtained_at += jump_ms / 1000;
    current->expires_at += current->expires_at < 0 ? 0 : jump_ms / 1000;
    if (!renewal_write_file(agent, current, &error)) {
        agent_warn(agent, &error);
    }
    renewal_write_metrics(agent);
}
