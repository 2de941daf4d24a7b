/* The public client: one attempt after another under one deadline. See pinetoken.h. */
#include "client/client.h"
#include "base/assert.h"
#include "base/build_date.h"
#include "base/deadline.h"
#include "base/error.h"
#include "base/secret.h"
#include "client/attempt.h"
#include "client/retry.h"
#include "http/call.h"
#include "oauth/exchange.h"
#include "os/clock.h"
#include "os/hooks.h"
#include "os/random.h"
#include "trust/roots.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* How often it is checked whether the clock has been set. */
#define CLIENT_CLOCK_POLL_MS 250

enum client_state {
    CLIENT_IDLE,
    CLIENT_CLOCK, /* waits until it is set */
    CLIENT_TRY,   /* `attempt` is on its way */
    CLIENT_WAIT,  /* between two attempts */
    CLIENT_DONE,
    CLIENT_FAILED
};

struct pinetoken {
    enum client_state state;
    struct settings settings;
    struct log log;
    int64_t deadline;               /* all times: monotonic milliseconds */
    int64_t wake_at;                /* in CLOCK and WAIT */
    int64_t clock_until;            /* in CLOCK */
    unsigned retries;               /* so far */
    const pinetoken_call *call;     /* borrowed; NULL: a token is fetched */
    struct destination destination; /* of the request */
    int64_t obtained_at;            /* when the response came, Unix time */
    pinetoken_error error;          /* error of the last attempt that failed */
    struct attempt attempt;
    struct transaction *transaction; /* in `storage`; NULL: none */
    union {
        pinetoken_exchange_storage exchange;
        struct call call;
    } storage;
};

static void client_release(pinetoken *client, const pinetoken_config *config) {
    if (config->allocate != NULL) {
        config->release(config->user, client, sizeof *client);
    } else {
        free(client);
    }
}

/* The token, the secret and everything else that was received or written. */
static void client_wipe(pinetoken *client) {
    if (client->transaction != NULL) {
        secret_wipe(&client->storage, sizeof client->storage);
        client->transaction = NULL;
    }
}

pinetoken *pinetoken_new(const pinetoken_config *config, pinetoken_error *error) {
    pinetoken *client = config->allocate != NULL ? config->allocate(config->user, sizeof *client)
                                                 : malloc(sizeof *client);
    if (client == NULL) {
        error_out_of_memory("client", error);
        return NULL;
    }
    *client = (pinetoken){.state = CLIENT_IDLE};
    if (!settings_copy(&client->settings, config, error)) {
        client_release(client, config);
        return NULL;
    }
    const pinetoken_config *values = &client->settings.values;
    client->log = (struct log){values->log, values->user, values->log_level};
    return client;
}

void pinetoken_free(pinetoken *client) {
    if (client != NULL) {
        const pinetoken_config values = client->settings.values;
        attempt_free(&client->attempt);
        client_wipe(client);
        settings_free(&client->settings);
        client_release(client, &values);
    }
}

void client_list_files(const pinetoken_config *values, struct requirements *requirements) {
    *requirements = (struct requirements){.files = {"/etc/hosts", "/etc/resolv.conf"}};
    size_t count = 2;
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

bool client_call_requirements(const pinetoken *client, const char *url,
                              struct requirements *requirements, pinetoken_error *error) {
    const struct settings *settings = &client->settings;
    struct destination destination;
    if (!settings_destination(settings, url, &destination, error)) {
        return false;
    }
    client_list_files(&settings->values, requirements);
    requirements->port = settings_peer(settings, &destination).port;
    return true;
}

void client_requirements(const pinetoken *client, struct requirements *requirements) {
    pinetoken_error error;
    bool done =
        client_call_requirements(client, client->settings.values.token_url, requirements, &error);
    /* The URL was parsed before. */
    assert(done);
    (void)done;
}

const pinetoken_config *client_config(const pinetoken *client) {
    return &client->settings.values;
}

void client_on_connected(pinetoken *client, void (*connected)(void *user)) {
    client->settings.connected = connected;
}

/* ---- start ------------------------------------------------------------------------------------
 */

static void client_fail(pinetoken *client) {
    client->error.phase = PINETOKEN_PHASE_NONE;
    client->state = CLIENT_FAILED;
}

/* To `url`, which stays where it is until the end. */
static void client_start(pinetoken *client, const char *url, int64_t timeout_ms) {
    int64_t now = clock_monotonic_ms();
    client->retries = 0;
    client->deadline = deadline_after(now, timeout_ms);
    client->clock_until = deadline_after(now, client->settings.values.clock_timeout_ms);
    client->wake_at = now;
    client->state = CLIENT_CLOCK;
    if (!settings_destination(&client->settings, url, &client->destination, &client->error)) {
        client_fail(client);
    }
}

static void client_stop(pinetoken *client) {
    attempt_free(&client->attempt);
    client_wipe(client);
}

void pinetoken_start(pinetoken *client, int64_t timeout_ms) {
    client_stop(client);
    client->call = NULL;
    client_start(client, client->settings.values.token_url, timeout_ms);
}

void pinetoken_start_call(pinetoken *client, const pinetoken_call *call, int64_t timeout_ms) {
    client_stop(client);
    client->call = call;
    if (call->size != sizeof *call || call->url == NULL) {
        error_set(&client->error, PINETOKEN_USAGE,
                  "call: not initialised, of another version of the library, or without a URL",
                  "call pinetoken_call_init first, with the header of this library");
        client_fail(client);
        return;
    }
    client_start(client, call->url, timeout_ms);
}

static pinetoken_progress client_progress(const pinetoken *client) {
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

/* ---- one function per state: whether the next one can go on at once -------------------------- */

/* Writes the request. False: client->error says why not. */
static bool client_write_request(pinetoken *client) {
    const pinetoken_config *values = &client->settings.values;
    if (client->call == NULL) {
        pinetoken_exchange *exchange = exchange_init(&client->storage.exchange, values,
                                                     &client->destination.url, &client->error);
        client->transaction = exchange != NULL ? exchange_transaction(exchange) : NULL;
        return exchange != NULL;
    }
    struct call *call = &client->storage.call;
    if (!call_init(call, values, &client->destination.url, client->call, &client->error)) {
        return false;
    }
    call->is_last = client->retries == values->retries;
    client->transaction = &call->transaction;
    return true;
}

static bool client_try(pinetoken *client) {
    if (!client_write_request(client)) {
        client_fail(client);
        return false;
    }
    client->state = CLIENT_TRY;
    attempt_start(&client->attempt, &client->settings, &client->log, &client->destination,
                  client->transaction);
    return true;
}

static bool client_step_clock(pinetoken *client, int64_t now) {
    assert(client->state == CLIENT_CLOCK);
    int64_t clock = clock_unix();
    if (clock >= build_date || now >= client->clock_until) {
        return client_try(client);
    }
    log_event(&client->log, EVENT_CLOCK_WAIT, SPAN(""), clock);
    client->wake_at = deadline_after(now, CLIENT_CLOCK_POLL_MS);
    if (client->clock_until < client->wake_at) {
        client->wake_at = client->clock_until;
    }
    return false;
}

static void client_finish(pinetoken *client) {
    client->obtained_at = clock_unix();
    client->state = CLIENT_DONE;
}

static void client_wait(pinetoken *client, int64_t now, int64_t wait) {
    client->state = CLIENT_WAIT;
    client->retries++;
    client->wake_at = deadline_after(now, wait);
    log_event(&client->log, EVENT_RETRY_REASON, span_text(client->error.message), -1);
    log_event(&client->log, EVENT_RETRY_WAIT, SPAN(""), wait);
}

/* What comes of an attempt that failed. */
static void client_decide(pinetoken *client, int64_t now) {
    int64_t wait = 0;
    const struct retry retry = {.done = client->retries,
                                .max = client->settings.values.retries,
                                .left_ms = client->deadline - now,
                                .random = random_number()};
    client->error = client->attempt.error;
    client->error.transient = client->error.transient && client->transaction->is_repeatable;
    client_wipe(client);
    switch (retry_decide(&retry, &client->error, &wait)) {
        case RETRY_AGAIN: client_wait(client, now, wait); return;
        case RETRY_TOO_LONG:
            client->error.status = PINETOKEN_THROTTLED;
            error_add(&client->error, "; that is longer than the time left");
            break;
        case RETRY_NEVER: break;
    }
    client->state = CLIENT_FAILED;
}

static bool client_step_try(pinetoken *client, int64_t now) {
    assert(client->state == CLIENT_TRY);
    attempt_step(&client->attempt, now);
    if (client->attempt.state == ATTEMPT_DONE) {
        client_finish(client);
    } else if (client->attempt.state == ATTEMPT_FAILED) {
        client_decide(client, now);
    }
    return false;
}

static bool client_step_wait(pinetoken *client, int64_t now) {
    assert(client->state == CLIENT_WAIT);
    return now >= client->wake_at && client_try(client);
}

static bool client_step_once(pinetoken *client, int64_t now) {
    switch (client->state) {
        case CLIENT_CLOCK: return client_step_clock(client, now);
        case CLIENT_TRY: return client_step_try(client, now);
        case CLIENT_WAIT: return client_step_wait(client, now);
        case CLIENT_IDLE:
        case CLIENT_DONE:
        case CLIENT_FAILED: break;
    }
    return false;
}

/* While it waits for the clock, or for the next attempt. */
static void client_time_out_waiting(pinetoken *client) {
    bool in_clock = client->state == CLIENT_CLOCK;
    error_set_parts(&client->error, PINETOKEN_TIMEOUT,
                    ERROR_PARTS("timeout: the time ran out in waiting ",
                                in_clock ? "for the system's clock to be set" : "for the next try"),
                    in_clock ? "set it, or give a larger --wait-clock" : "give a larger --timeout");
    client->error.phase = in_clock ? PINETOKEN_PHASE_CLOCK : PINETOKEN_PHASE_WAIT;
}

static void client_time_out(pinetoken *client) {
    const pinetoken_error before = client->error;
    if (client->state == CLIENT_TRY) {
        attempt_time_out(&client->attempt);
        client->error = client->attempt.error;
        client_wipe(client);
    } else {
        client_time_out_waiting(client);
    }
    if (client->retries > 0) {
        error_add(&client->error, "; the try before it: ");
        error_add(&client->error, before.message);
    }
    client->state = CLIENT_FAILED;
}

pinetoken_progress pinetoken_step(pinetoken *client) {
    hooks_use(&client->settings.values);
    while (client_step_once(client, clock_monotonic_ms())) {
    }
    if (client_progress(client) == PINETOKEN_STEP_WAIT &&
        clock_monotonic_ms() >= client->deadline) {
        client_time_out(client);
    }
    hooks_use(NULL);
    return client_progress(client);
}

static int64_t client_wake_at(const pinetoken *client) {
    int64_t at = client->state == CLIENT_TRY ? client->attempt.wake_at : client->wake_at;
    return at < client->deadline ? at : client->deadline;
}

void pinetoken_wanted(const pinetoken *client, pinetoken_wait *wait) {
    const struct attempt *attempt = &client->attempt;
    bool has_descriptor = client->state == CLIENT_TRY && attempt->waiting != NET_WANT_TIME;
    *wait = (pinetoken_wait){.fd = -1};
    if (client_progress(client) != PINETOKEN_STEP_WAIT) {
        return;
    }
    wait->timeout_ms = deadline_left(client_wake_at(client), clock_monotonic_ms(), INT_MAX);
    if (has_descriptor) {
        wait->fd = attempt->fd_waiting;
        /* A refusal may come while the request is sent. */
        wait->read =
            attempt->waiting == NET_WANT_READ ||
            (attempt->state == ATTEMPT_SEND && attempt->early_size < sizeof attempt->early);
        wait->write = attempt->waiting == NET_WANT_WRITE;
    }
}

void pinetoken_result(const pinetoken *client, pinetoken_token *token) {
    if (client->state != CLIENT_DONE || client->call != NULL) {
        *token = (pinetoken_token){.expires_in = -1, .expires_at = -1, .obtained_at = -1};
        return;
    }
    pinetoken_exchange_token((const pinetoken_exchange *)&client->storage.exchange, token);
    token->obtained_at = client->obtained_at;
    token->expires_at = token->expires_in < 0 ? -1 : token->obtained_at + token->expires_in;
}

void pinetoken_call_result(const pinetoken *client, pinetoken_response *response) {
    if (client->state != CLIENT_DONE || client->call == NULL) {
        *response = (pinetoken_response){.http_status = 0};
        return;
    }
    call_response(&client->storage.call, response);
}

void pinetoken_failure(const pinetoken *client, pinetoken_error *error) {
    if (client->state == CLIENT_FAILED) {
        *error = client->error;
        return;
    }
    error_set(error, PINETOKEN_INTERNAL, "client: nothing has failed",
              "start a fetch or a call first");
}
