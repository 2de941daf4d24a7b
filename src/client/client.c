/* The public client: one attempt after another under one deadline. See pinetoken.h. */
#include "client/client.h"
#include "base/build_date.h"
#include "base/deadline.h"
#include "base/error.h"
#include "client/attempt.h"
#include "client/retry.h"
#include "os/clock.h"
#include "os/hooks.h"
#include "os/random.h"
#include "trust/roots.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* How often a clock that is not set is looked at. */
#define CLOCK_POLL_MS 250

enum client_state {
    CLIENT_IDLE,
    CLIENT_CLOCK, /* waits for it to be set */
    CLIENT_TRY,   /* `attempt` goes on */
    CLIENT_WAIT,  /* between two of them */
    CLIENT_DONE,
    CLIENT_FAILED
};

struct pinetoken {
    enum client_state state;
    struct config config;
    struct log log;
    int64_t deadline;           /* all times: monotonic milliseconds */
    int64_t wake_at;            /* in CLOCK and WAIT */
    int64_t clock_until;        /* in CLOCK */
    unsigned retries;           /* further tries so far */
    const pinetoken_call *call; /* borrowed; NULL: a token is fetched */
    int64_t obtained_at;        /* the token at hand was, Unix time */
    pinetoken_error error;      /* of the last try that failed */
    struct attempt attempt;
};

static void release(pinetoken *client, const pinetoken_config *config) {
    if (config->allocate != NULL) {
        config->release(config->user, client, sizeof *client);
    } else {
        free(client);
    }
}

pinetoken *pinetoken_new(const pinetoken_config *config, pinetoken_error *error) {
    pinetoken *client = config->allocate != NULL ? config->allocate(config->user, sizeof *client)
                                                 : malloc(sizeof *client);
    if (client == NULL) {
        error_set(error, PINETOKEN_INTERNAL, "client: out of memory", "");
        return NULL;
    }
    *client = (pinetoken){.state = CLIENT_IDLE};
    if (!config_copy(&client->config, config, error)) {
        release(client, config);
        return NULL;
    }
    const pinetoken_config *values = &client->config.values;
    client->log = (struct log){values->log, values->user, values->log_level};
    return client;
}

void pinetoken_free(pinetoken *client) {
    if (client != NULL) {
        const pinetoken_config values = client->config.values;
        attempt_free(&client->attempt);
        config_free(&client->config);
        release(client, &values);
    }
}

void client_requirements(const pinetoken *client, struct requirements *requirements) {
    const struct config *config = &client->config;
    const pinetoken_config *values = &config->values;
    size_t count = 0;
    *requirements = (struct requirements){
        .files = {"/etc/hosts", "/etc/resolv.conf"},
        .port = config->has_proxy ? config->proxy.port : config->url.port,
    };
    count = 2;
    if (values->ca_file != NULL || values->system_ca_file != NULL) {
        requirements->files[count] =
            values->ca_file != NULL ? values->ca_file : values->system_ca_file;
        return;
    }
    const char *file = NULL;
    for (size_t i = 0; values->roots != PINETOKEN_ROOTS_BUILTIN && count + 1 < SANDBOX_FILES_MAX &&
                       (file = roots_system_file(i)) != NULL;
         i++) {
        requirements->files[count++] = file;
    }
}

void client_on_connected(pinetoken *client, void (*connected)(void *user)) {
    client->config.connected = connected;
}

void pinetoken_start(pinetoken *client, int64_t timeout_ms) {
    pinetoken_start_call(client, NULL, timeout_ms);
}

void pinetoken_start_call(pinetoken *client, const pinetoken_call *call, int64_t timeout_ms) {
    int64_t now = clock_monotonic_ms();
    attempt_free(&client->attempt);
    client->state = CLIENT_CLOCK;
    client->retries = 0;
    client->call = call;
    client->deadline = deadline_after(now, timeout_ms);
    client->clock_until = deadline_after(now, client->config.values.clock_timeout_ms);
    client->wake_at = now;
}

static pinetoken_progress progress_of(const pinetoken *client) {
    switch (client->state) {
        case CLIENT_CLOCK:
        case CLIENT_TRY:
        case CLIENT_WAIT: return PINETOKEN_STEP_WAIT;
        case CLIENT_DONE: return PINETOKEN_STEP_DONE;
        /* A step without a start has failed too: pinetoken_failure says so. */
        case CLIENT_IDLE:
        case CLIENT_FAILED: break;
    }
    return PINETOKEN_STEP_FAILED;
}

/* ---- one function a state: whether the next one can go on at once ------------------------------
 */

static bool is_repeatable(const pinetoken *client) {
    return client->call == NULL || call_is_idempotent(span_text(client->call->method));
}

static bool try_again(pinetoken *client) {
    bool may_refuse = is_repeatable(client) && client->retries < client->config.values.retries;
    client->state = CLIENT_TRY;
    attempt_start(&client->attempt, &client->config, &client->log, client->call, may_refuse);
    return true;
}

static bool step_clock(pinetoken *client, int64_t now) {
    int64_t clock = clock_unix();
    if (clock >= build_date || now >= client->clock_until) {
        return try_again(client);
    }
    log_event(&client->log, EVENT_CLOCK_WAIT, SPAN(""), clock);
    client->wake_at = deadline_after(now, CLOCK_POLL_MS);
    if (client->clock_until < client->wake_at) {
        client->wake_at = client->clock_until;
    }
    return false;
}

static void finish(pinetoken *client) {
    client->obtained_at = clock_unix();
    client->state = CLIENT_DONE;
}

/* The kernel's, so that machines that lost power together part. Where it has none yet, the clock in
 * nanoseconds is better than nothing. */
static uint32_t any_number(void) {
    uint32_t number = 0;
    if (!random_fill(&number, sizeof number)) {
        number = clock_noise();
    }
    return number;
}

static void decide(pinetoken *client, int64_t now) {
    int64_t wait = 0;
    const struct retry retry = {client->retries, client->config.values.retries,
                                client->deadline - now, any_number()};
    client->error = client->attempt.error;
    client->error.transient =
        client->error.transient && is_repeatable(client) && !client->attempt.is_consumed;
    client->state = CLIENT_FAILED;
    switch (retry_decide(&retry, &client->error, &wait)) {
        case RETRY_NEVER: return;
        case RETRY_TOO_LONG:
            client->error.status = PINETOKEN_THROTTLED;
            error_add(&client->error, "; that is longer than the time there is");
            return;
        case RETRY_AGAIN: break;
    }
    client->state = CLIENT_WAIT;
    client->retries++;
    client->wake_at = deadline_after(now, wait);
    log_event(&client->log, EVENT_RETRY_REASON, span_text(client->error.message), -1);
    log_event(&client->log, EVENT_RETRY_WAIT, SPAN(""), wait);
}

static bool step_try(pinetoken *client, int64_t now) {
    attempt_step(&client->attempt, now);
    if (client->attempt.state == ATTEMPT_DONE) {
        finish(client);
    } else if (client->attempt.state == ATTEMPT_FAILED) {
        decide(client, now);
    }
    return false;
}

static bool step_once(pinetoken *client, int64_t now) {
    switch (client->state) {
        case CLIENT_CLOCK: return step_clock(client, now);
        case CLIENT_TRY: return step_try(client, now);
        case CLIENT_WAIT: return now >= client->wake_at && try_again(client);
        case CLIENT_IDLE:
        case CLIENT_DONE:
        case CLIENT_FAILED: break;
    }
    return false;
}

static void time_out(pinetoken *client) {
    pinetoken_error before = client->error;
    if (client->state == CLIENT_TRY) {
        attempt_time_out(&client->attempt);
        client->error = client->attempt.error;
    } else {
        bool in_clock = client->state == CLIENT_CLOCK;
        error_begin(&client->error, PINETOKEN_TIMEOUT, "timeout: the time ran out in waiting ");
        error_add(&client->error,
                  in_clock ? "for the system's clock to be set" : "for the next try");
        error_advise(&client->error, in_clock ? "set it, or give a larger --wait-clock"
                                              : "give a larger --timeout");
        client->error.phase = in_clock ? PINETOKEN_PHASE_CLOCK : PINETOKEN_PHASE_WAIT;
    }
    if (client->retries > 0) {
        error_add(&client->error, "; the try before it: ");
        error_add(&client->error, before.message);
    }
    client->state = CLIENT_FAILED;
}

pinetoken_progress pinetoken_step(pinetoken *client) {
    hooks_use(&client->config.values);
    while (step_once(client, clock_monotonic_ms())) {
    }
    if (progress_of(client) == PINETOKEN_STEP_WAIT && clock_monotonic_ms() >= client->deadline) {
        time_out(client);
    }
    hooks_use(NULL);
    return progress_of(client);
}

static int64_t wake_at(const pinetoken *client) {
    int64_t at = client->state == CLIENT_TRY ? client->attempt.wake_at : client->wake_at;
    return at < client->deadline ? at : client->deadline;
}

void pinetoken_wanted(const pinetoken *client, pinetoken_wait *wait) {
    const struct attempt *attempt = &client->attempt;
    bool has_descriptor = client->state == CLIENT_TRY && attempt->waiting != NET_WANT_TIME;
    *wait = (pinetoken_wait){.fd = -1};
    if (progress_of(client) != PINETOKEN_STEP_WAIT) {
        return;
    }
    wait->timeout_ms = deadline_left(wake_at(client), clock_monotonic_ms(), INT_MAX);
    if (has_descriptor) {
        wait->fd = attempt->fd_waiting;
        wait->read = attempt->waiting == NET_WANT_READ;
        wait->write = attempt->waiting == NET_WANT_WRITE;
    }
}

void pinetoken_result(const pinetoken *client, pinetoken_token *token) {
    if (client->state != CLIENT_DONE || client->call != NULL) {
        *token = (pinetoken_token){{NULL, 0}, -1, -1, -1};
        return;
    }
    pinetoken_exchange_token(client->attempt.exchange, token);
    token->obtained_at = client->obtained_at;
    token->expires_at = token->expires_in < 0 ? -1 : token->obtained_at + token->expires_in;
}

void pinetoken_failure(const pinetoken *client, pinetoken_error *error) {
    if (client->state == CLIENT_FAILED) {
        *error = client->error;
        return;
    }
    error_set(error, PINETOKEN_INTERNAL, "client: no fetch has failed", "start one first");
}

/* Whatever poll says, interrupted or failed too: the step finds out. */
static pinetoken_progress step_to_end(pinetoken *client) {
    pinetoken_progress progress = pinetoken_step(client);
    while (progress == PINETOKEN_STEP_WAIT) {
        pinetoken_wait wait;
        pinetoken_wanted(client, &wait);
        struct pollfd poll_fd = {
            .fd = wait.fd,
            .events = (short)((wait.read ? POLLIN : 0) | (wait.write ? POLLOUT : 0)),
        };
        (void)poll(&poll_fd, 1, wait.timeout_ms);
        progress = pinetoken_step(client);
    }
    return progress;
}

pinetoken_status pinetoken_fetch(pinetoken *client, int64_t timeout_ms, pinetoken_token *token,
                                 pinetoken_error *error) {
    pinetoken_start(client, timeout_ms);
    if (step_to_end(client) == PINETOKEN_STEP_FAILED) {
        pinetoken_failure(client, error);
        return error->status;
    }
    pinetoken_result(client, token);
    return PINETOKEN_OK;
}

pinetoken_status pinetoken_make_call(pinetoken *client, const pinetoken_call *call,
                                     int64_t timeout_ms, pinetoken_response *answer,
                                     pinetoken_error *error) {
    pinetoken_start_call(client, call, timeout_ms);
    if (step_to_end(client) == PINETOKEN_STEP_FAILED) {
        pinetoken_failure(client, error);
        return error->status;
    }
    const struct call *made = client->attempt.call;
    answer->http_status = made->response.status;
    memcpy(answer->request_id, made->request_id, sizeof answer->request_id);
    return PINETOKEN_OK;
}
