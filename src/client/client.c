/* The public client: one attempt under one deadline. See pinetoken.h. */
#include "base/deadline.h"
#include "base/error.h"
#include "client/attempt.h"
#include "client/clock.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>

struct pinetoken {
    struct config config;
    struct log log;
    int64_t deadline;   /* monotonic milliseconds */
    int64_t expires_at; /* of the token at hand */
    struct attempt attempt;
};

pinetoken *pinetoken_new(const pinetoken_config *config, pinetoken_error *error) {
    pinetoken *client = calloc(1, sizeof *client);
    if (client == NULL) {
        (void)error_set(error, PINETOKEN_INTERNAL, "client: out of memory");
        return NULL;
    }
    if (!config_copy(&client->config, config, error)) {
        free(client);
        return NULL;
    }
    client->log = (struct log){config->log, config->user};
    return client;
}

void pinetoken_free(pinetoken *client) {
    if (client != NULL) {
        attempt_free(&client->attempt);
        config_free(&client->config);
        free(client);
    }
}

void pinetoken_start(pinetoken *client, int64_t timeout_ms) {
    attempt_free(&client->attempt);
    client->deadline = deadline_after(clock_monotonic_ms(), timeout_ms);
    attempt_start(&client->attempt, &client->config, &client->log);
}

static pinetoken_progress progress_of(const struct attempt *attempt) {
    if (attempt->state == ATTEMPT_DONE) {
        return PINETOKEN_STEP_DONE;
    }
    /* A step without a start has failed too: pinetoken_failure says so. */
    bool failed = attempt->state == ATTEMPT_FAILED || attempt->state == ATTEMPT_IDLE;
    return failed ? PINETOKEN_STEP_FAILED : PINETOKEN_STEP_WAIT;
}

static void note_expiry(pinetoken *client) {
    pinetoken_token token;
    pinetoken_exchange_token(client->attempt.exchange, &token);
    client->expires_at = token.expires_in < 0 ? -1 : clock_unix() + token.expires_in;
}

pinetoken_progress pinetoken_step(pinetoken *client) {
    struct attempt *attempt = &client->attempt;
    bool was_done = attempt->state == ATTEMPT_DONE;
    attempt_step(attempt);
    if (progress_of(attempt) == PINETOKEN_STEP_WAIT && clock_monotonic_ms() >= client->deadline) {
        attempt_time_out(attempt);
    }
    if (attempt->state == ATTEMPT_DONE && !was_done) {
        note_expiry(client);
    }
    return progress_of(attempt);
}

void pinetoken_wanted(const pinetoken *client, pinetoken_wait *wait) {
    const struct attempt *attempt = &client->attempt;
    bool waits = progress_of(attempt) == PINETOKEN_STEP_WAIT;
    *wait = (pinetoken_wait){
        .fd = waits ? attempt->fd_waiting : -1,
        .read = waits && attempt->waiting == NET_WANT_READ,
        .write = waits && attempt->waiting == NET_WANT_WRITE,
        .timeout_ms = waits ? deadline_left(client->deadline, clock_monotonic_ms(), INT_MAX) : 0,
    };
}

void pinetoken_result(const pinetoken *client, pinetoken_token *token) {
    if (client->attempt.state != ATTEMPT_DONE) {
        *token = (pinetoken_token){{NULL, 0}, -1, -1};
        return;
    }
    pinetoken_exchange_token(client->attempt.exchange, token);
    token->expires_at = client->expires_at;
}

void pinetoken_failure(const pinetoken *client, pinetoken_error *error) {
    if (client->attempt.state == ATTEMPT_FAILED) {
        *error = client->attempt.error;
        return;
    }
    (void)error_set(error, PINETOKEN_INTERNAL, "client: no fetch has failed (start one first)");
}

pinetoken_status pinetoken_fetch(pinetoken *client, int64_t timeout_ms, pinetoken_token *token,
                                 pinetoken_error *error) {
    pinetoken_start(client, timeout_ms);
    pinetoken_progress progress = pinetoken_step(client);
    while (progress == PINETOKEN_STEP_WAIT) {
        pinetoken_wait wait;
        pinetoken_wanted(client, &wait);
        struct pollfd poll_fd = {
            .fd = wait.fd,
            .events = (short)((wait.read ? POLLIN : 0) | (wait.write ? POLLOUT : 0)),
        };
        /* Whatever it says, interrupted or failed too: the step finds out. */
        (void)poll(&poll_fd, 1, wait.timeout_ms);
        progress = pinetoken_step(client);
    }
    if (progress == PINETOKEN_STEP_FAILED) {
        pinetoken_failure(client, error);
        return error->status;
    }
    pinetoken_result(client, token);
    return PINETOKEN_OK;
}
