#include "base/error.h"

#include "base/buffer.h"
#include "base/limits.h"

#include <string.h>

const char *pinetoken_status_name(pinetoken_status status) {
    switch (status) {
        case PINETOKEN_OK: return "ok";
        case PINETOKEN_INTERNAL: return "internal";
        case PINETOKEN_USAGE: return "usage";
        case PINETOKEN_CREDENTIALS: return "credentials";
        case PINETOKEN_REJECTED: return "rejected";
        case PINETOKEN_NETWORK: return "network";
        case PINETOKEN_TLS: return "tls";
        case PINETOKEN_CLOCK: return "clock";
        case PINETOKEN_PROTOCOL: return "protocol";
        case PINETOKEN_LOCAL: return "local";
        case PINETOKEN_THROTTLED: return "throttled";
        case PINETOKEN_TIMEOUT: return "timeout";
        case PINETOKEN_UNAVAILABLE: return "unavailable";
    }
    return "unknown";
}

bool pinetoken_status_retryable(pinetoken_status status) {
    return status == PINETOKEN_NETWORK || status == PINETOKEN_CLOCK ||
           status == PINETOKEN_THROTTLED || status == PINETOKEN_TIMEOUT ||
           status == PINETOKEN_UNAVAILABLE;
}

const char *pinetoken_phase_name(pinetoken_phase phase) {
    switch (phase) {
        case PINETOKEN_PHASE_NONE: return "none";
        case PINETOKEN_PHASE_CLOCK: return "clock";
        case PINETOKEN_PHASE_RESOLVE: return "resolve";
        case PINETOKEN_PHASE_DIAL: return "dial";
        case PINETOKEN_PHASE_PROXY: return "proxy";
        case PINETOKEN_PHASE_HANDSHAKE: return "handshake";
        case PINETOKEN_PHASE_SEND: return "send";
        case PINETOKEN_PHASE_RECEIVE: return "receive";
        case PINETOKEN_PHASE_WAIT: return "wait";
    }
    return "unknown";
}

void error_clear(pinetoken_error *error) {
    *error = (pinetoken_error){.tls_alert = -1, .retry_after_ms = -1, .offset = -1};
}

/* The message continued: what does not fit is cut, so that a line is never lost whole. */
static void append(pinetoken_error *error, span text) {
    size_t size = strlen(error->message);
    size_t room = sizeof error->message - 1 - size;
    size_t taken = text.size < room ? text.size : room;
    memcpy(error->message + size, text.data, taken);
    error->message[size + taken] = '\0';
}

bool error_set(pinetoken_error *error, pinetoken_status status, const char *literal) {
    error_clear(error);
    error->status = status;
    return error_text(error, literal);
}

bool error_text(pinetoken_error *error, const char *literal) {
    append(error, span_text(literal));
    return false;
}

bool error_number(pinetoken_error *error, int64_t number) {
    char text[24];
    struct buffer buffer;
    buffer_init(&buffer, text, sizeof text);
    if (number < 0) {
        buffer_append_byte(&buffer, '-');
    }
    buffer_append_number(&buffer, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
    append(error, buffer_span(&buffer));
    return false;
}

bool error_quote(pinetoken_error *error, span text) {
    char escaped[4 * LIMIT_QUOTE + 8];
    struct buffer buffer;
    buffer_init(&buffer, escaped, sizeof escaped);
    buffer_append_byte(&buffer, '"');
    buffer_append_escaped(&buffer, text, LIMIT_QUOTE);
    buffer_append_byte(&buffer, '"');
    append(error, buffer_span(&buffer));
    return false;
}

bool error_at(pinetoken_error *error, pinetoken_status status, const char *literal, size_t offset) {
    (void)error_set(error, status, literal);
    error->offset = (int64_t)offset;
    (void)error_text(error, " at byte ");
    return error_number(error, (int64_t)offset);
}
