#include "sandbox/result.h"

#include "base/assert.h"

#include <string.h>

void worker_result_set_token(struct worker_result *result, const pinetoken_token *token) {
    assert(token->access_token.size <= sizeof result->token);
    result->expires_in = token->expires_in;
    result->expires_at = token->expires_at;
    result->obtained_at = token->obtained_at;
    result->token_size = token->access_token.size;
    memcpy(result->token, token->access_token.data, token->access_token.size);
}

pinetoken_token worker_result_token(const struct worker_result *result) {
    return (pinetoken_token){
        .access_token = {result->token, (size_t)result->token_size},
        .expires_in = result->expires_in,
        .expires_at = result->expires_at,
        .obtained_at = result->obtained_at,
    };
}

/* Printable ASCII, and NUL-terminated. */
static bool result_is_text(const char *text, size_t capacity) {
    size_t size = 0;
    while (size < capacity && text[size] >= 0x20 && text[size] < 0x7f) {
        size++;
    }
    return size < capacity && text[size] == '\0';
}

static bool result_is_within(int64_t number, int64_t min, int64_t max) {
    return number >= min && number <= max;
}

/* RFC 6750 2.1, and nothing that an output format would have to escape. */
static bool result_is_token(const struct worker_result *result) {
    bool is_valid = result->token_size <= LIMIT_TOKEN;
    for (size_t i = 0; is_valid && i < result->token_size; i++) {
        is_valid = result->token[i] > 0x20 && result->token[i] < 0x7f &&
                   strchr("\"'\\", result->token[i]) == NULL;
    }
    return is_valid && result_is_within(result->expires_in, -1, LIMIT_EXPIRES_IN) &&
           result_is_within(result->expires_at, -1, LIMIT_UNIX_TIME) &&
           result_is_within(result->obtained_at, 0, LIMIT_UNIX_TIME);
}

/* Only a holder of the key knows what a value is worth. */
static bool result_is_shared(const struct worker_result *result) {
    return result->shared_state != 0 &&
           result_is_within(result->shared_state, 0, WORKER_SHARED_STATES + 1) &&
           result_is_within(result->shared_left_ms, -2, INT64_MAX) &&
           result->token_size <= sizeof result->token;
}

static bool result_is_error(const pinetoken_error *error) {
    unsigned char transient = 0;
    /* Another byte than 0 or 1 must not be read as a bool. */
    memcpy(&transient, &error->transient, sizeof transient);
    return (unsigned)error->status <= PINETOKEN_UNAVAILABLE &&
           (unsigned)error->phase <= PINETOKEN_PHASE_WAIT && transient <= 1 &&
           result_is_within(error->http_status, 0, 999) &&
           result_is_within(error->system_errno, 0, 4095) &&
           result_is_within(error->tls_code, INT16_MIN, 0) &&
           result_is_within(error->tls_alert, -1, UINT8_MAX) &&
           result_is_within(error->retry_after_ms, -1, LIMIT_RETRY_AFTER * INT64_C(1000)) &&
           result_is_within(error->offset, -1, INT32_MAX) &&
           result_is_text(error->message, sizeof error->message) &&
           result_is_text(error->advice, sizeof error->advice) &&
           result_is_text(error->oauth_error, sizeof error->oauth_error);
}

/* The worker may have been taken over by what it read. */
bool worker_result_is_valid(const struct worker_result *result) {
    const pinetoken_response *response = &result->response;
    return result_is_error(&result->error) &&
           result_is_text(result->warning, sizeof result->warning) &&
           result_is_within(response->http_status, 0, 999) &&
           result_is_text(response->request_id, sizeof response->request_id) &&
           result_is_within(result->refused_call, -1, UINT32_MAX) &&
           (result->error.status != PINETOKEN_OK || result_is_shared(result) ||
            (result->shared_state == 0 && result_is_token(result)));
}

const char *worker_result_warning(const struct worker_result *result) {
    return result_is_text(result->warning, sizeof result->warning) ? result->warning : "";
}
