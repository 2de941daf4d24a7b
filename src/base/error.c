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

/* Appends to a NUL-terminated text: what does not fit is cut, so that a line is never lost
 * altogether.
 */
static void error_append(char *to, size_t capacity, span text) {
    size_t size = strlen(to);
    size_t room = capacity - 1 - size;
    size_t taken = text.size < room ? text.size : room;
    if (taken > 0) {
        memcpy(to + size, text.data, taken);
        to[size + taken] = '\0';
    }
}

static void error_append_message(pinetoken_error *error, span text) {
    error_append(error->message, sizeof error->message, text);
}

void error_begin(pinetoken_error *error, pinetoken_status status, const char *text) {
    error_clear(error);
    error->status = status;
    error_add(error, text);
}

void error_add(pinetoken_error *error, const char *text) {
    error_append_message(error, span_text(text));
}

void error_add_number(pinetoken_error *error, int64_t number) {
    char text[24];
    struct buffer buffer;
    buffer_init(&buffer, text, sizeof text);
    buffer_append_signed(&buffer, number);
    error_append_message(error, buffer_span(&buffer));
}

void error_add_quoted(pinetoken_error *error, span text) {
    char escaped[4 * LIMIT_QUOTE + 8];
    struct buffer buffer;
    buffer_init(&buffer, escaped, sizeof escaped);
    buffer_append_byte(&buffer, '"');
    buffer_append_escaped(&buffer, text, LIMIT_QUOTE);
    buffer_append_byte(&buffer, '"');
    error_append_message(error, buffer_span(&buffer));
}

bool error_advise(pinetoken_error *error, const char *advice) {
    return error_advise_parts(error, ERROR_PARTS(advice));
}

bool error_advise_parts(pinetoken_error *error, const char *const parts[]) {
    error->advice[0] = '\0';
    for (; *parts != NULL; parts++) {
        error_append(error->advice, sizeof error->advice, span_text(*parts));
    }
    return false;
}

bool error_set(pinetoken_error *error, pinetoken_status status, const char *message,
               const char *advice) {
    error_begin(error, status, message);
    return error_advise(error, advice);
}

bool error_set_parts(pinetoken_error *error, pinetoken_status status, const char *const parts[],
                     const char *advice) {
    error_begin(error, status, "");
    for (; *parts != NULL; parts++) {
        error_add(error, *parts);
    }
    return error_advise(error, advice);
}

bool error_out_of_memory(const char *what, pinetoken_error *error) {
    return error_set_parts(error, PINETOKEN_INTERNAL, ERROR_PARTS(what, ": out of memory"), "");
}

bool error_at(pinetoken_error *error, pinetoken_status status, const char *text, size_t offset) {
    error_begin(error, status, text);
    error->offset = (int64_t)offset;
    error_add(error, " at byte ");
    error_add_number(error, (int64_t)offset);
    return false;
}

void error_line(const pinetoken_error *error, struct buffer *out) {
    buffer_append(out, span_text(error->message));
    if (error->advice[0] != '\0') {
        buffer_append(out, SPAN(" ("));
        buffer_append(out, span_text(error->advice));
        buffer_append(out, SPAN(")"));
    }
}
