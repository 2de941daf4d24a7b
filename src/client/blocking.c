/* The calls that block: a loop over the step, with nothing but the public header. */
#include "pinetoken.h"

#include <poll.h>

/* Whatever poll returns, a failure too: the step finds out. */
static pinetoken_progress blocking_run(pinetoken *client) {
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
    if (blocking_run(client) == PINETOKEN_STEP_FAILED) {
        pinetoken_failure(client, error);
        return error->status;
    }
    pinetoken_result(client, token);
    return PINETOKEN_OK;
}

pinetoken_status pinetoken_make_call(pinetoken *client, const pinetoken_call *call,
                                     int64_t timeout_ms, pinetoken_response *response,
                                     pinetoken_error *error) {
    pinetoken_start_call(client, call, timeout_ms);
    if (blocking_run(client) == PINETOKEN_STEP_FAILED) {
        pinetoken_failure(client, error);
        return error->status;
    }
    pinetoken_call_result(client, response);
    return PINETOKEN_OK;
}
