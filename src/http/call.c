#include "http/call.h"

#include "base/error.h"
#include "base/secret.h"
#include "http/field.h"
#include "http/header_lines.h"
#include "http/request.h"
#include "http/retry_after.h"

#include <string.h>

/* Eight digits and CRLF in front of a chunk, CRLF after it. */
#define CALL_CHUNK_HEAD 10u
#define CALL_CHUNK_MAX (TRANSACTION_BUFFER - CALL_CHUNK_HEAD - 2u)

void pinetoken_call_init_size(pinetoken_call *call, size_t size) {
    const pinetoken_call defaults = {.size = size, .method = "GET"};
    memcpy(call, &defaults, size < sizeof defaults ? size : sizeof defaults);
}

/* No method that is registered has a lower-case letter (RFC 9110 9.1, 16.1). */
static bool call_has_lower_case(span method) {
    for (size_t i = 0; i < method.size; i++) {
        if (method.data[i] >= 'a' && method.data[i] <= 'z') {
            return true;
        }
    }
    return false;
}

bool call_is_idempotent(span method) {
    return !call_has_lower_case(method) &&
           span_place(method, "GET\0HEAD\0PUT\0DELETE\0OPTIONS\0") != SIZE_MAX;
}

bool call_check_method(span method, pinetoken_error *error) {
    if (!field_is_name(method)) {
        return error_set(error, PINETOKEN_USAGE, "method: not a valid one", "for example GET");
    }
    if (call_has_lower_case(method)) {
        return error_set(error, PINETOKEN_USAGE, "method: has lower-case letters",
                         "write it in capitals, for example GET: methods are case-sensitive");
    }
    if (span_place(method, "CONNECT\0TRACE\0") != SIZE_MAX) {
        return error_set(error, PINETOKEN_USAGE, "method: CONNECT and TRACE are never sent",
                         "use another one: CONNECT asks for a tunnel, TRACE for the token's echo");
    }
    return true;
}

static struct call *call_of(struct transaction *transaction) {
    return (struct call *)transaction;
}

/* ---- the head of the request ----------------------------------------------------------------- */

static void call_write_token(struct buffer *head, span token) {
    char value[LIMIT_TOKEN + sizeof "Bearer " - 1];
    struct buffer out;
    buffer_init(&out, value, sizeof value);
    buffer_append(&out, SPAN("Bearer "));
    buffer_append(&out, token);
    request_field(head, SPAN("Authorization"), buffer_span(&out));
    secret_wipe(value, sizeof value);
}

/* RFC 9110 8.6: if a body has a meaning, its absence is stated, too; otherwise servers respond with
 * 411. */
static void call_write_body_fields(struct buffer *head, const pinetoken_call *request) {
    bool has_body = request->content_type != NULL;
    if (has_body && request->content_length < 0) {
        request_field(head, SPAN("Transfer-Encoding"), SPAN("chunked"));
    } else if (has_body ||
               span_place(span_text(request->method), "POST\0PUT\0PATCH\0") != SIZE_MAX) {
        request_field_number(head, SPAN("Content-Length"),
                             has_body ? (uint64_t)request->content_length : 0);
    }
    if (has_body) {
        request_field(head, SPAN("Content-Type"), span_text(request->content_type));
    }
}

static void call_write_head(struct buffer *head, const pinetoken_config *config,
                            const struct url *url, const pinetoken_call *request) {
    request_begin(head, span_text(request->method), url);
    request_common_fields(head, span_text(config->api_version));
    call_write_token(head, request->token);
    call_write_body_fields(head, request);
    header_lines_append(head, request->headers);
    request_field(head, SPAN("Connection"), SPAN("close"));
    request_end(head);
}

/* A second one, next to ours, would be the server's choice. */
static bool call_has_authorization(const char *const *lines) {
    for (; lines != NULL && *lines != NULL; lines++) {
        span line = span_text(*lines);
        if (span_equal_ignoring_case(span_cut(line, 0, span_find(line, ':')),
                                     SPAN("Authorization"))) {
            return true;
        }
    }
    return false;
}

bool call_check(const pinetoken_call *request, pinetoken_error *error) {
    if (!call_check_method(span_text(request->method), error)) {
        return false;
    }
    if (request->token.size > LIMIT_TOKEN || !field_is_value(request->token)) {
        return error_set(error, PINETOKEN_USAGE,
                         "token: over " LIMIT_TEXT(LIMIT_TOKEN) " bytes, or with a control "
                                                                "character",
                         "");
    }
    if (request->content_type != NULL && !field_is_value(span_text(request->content_type))) {
        return error_set(error, PINETOKEN_USAGE, "content type: has a control character", "");
    }
    if (call_has_authorization(request->headers)) {
        return error_set(error, PINETOKEN_USAGE, "header: pinetoken sets \"Authorization\" itself",
                         "leave it out");
    }
    return header_lines_check(request->headers, error);
}

/* ---- the body of the request ----------------------------------------------------------------- */

static bool call_fail(struct call *call, const char *what, const char *advice) {
    return error_set(&call->transaction.error, PINETOKEN_LOCAL, what, advice);
}

/* "%08x\r\n", for a size that fits. */
static void call_write_chunk_head(char *out, size_t size) {
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < 8; i++) {
        out[i] = hex[size >> (28 - 4 * i) & 15];
    }
    out[8] = '\r';
    out[9] = '\n';
}

/* Around `size` bytes that lie after the room for its head. */
static void call_frame_chunk(struct call *call, size_t size) {
    char *buffer = call->transaction.buffer;
    call->body_ended = size == 0;
    if (size == 0) {
        static const char last[] = {'0', '\r', '\n', '\r', '\n'};
        memcpy(buffer, last, sizeof last);
        call->transaction.output = (span){buffer, sizeof last};
        return;
    }
    call_write_chunk_head(buffer, size);
    buffer[CALL_CHUNK_HEAD + size] = '\r';
    buffer[CALL_CHUNK_HEAD + size + 1] = '\n';
    call->transaction.output = (span){buffer, CALL_CHUNK_HEAD + size + 2};
}

static bool call_read(struct call *call, char *data, size_t capacity, size_t *size) {
    call->transaction.is_repeatable = false;
    if (!call->request->read(call->request->user, data, capacity, size)) {
        return call_fail(call, "request: its body cannot be read", "check where it comes from");
    }
    call->body_sent += *size;
    return true;
}

static bool call_produce_chunk(struct call *call) {
    size_t size = 0;
    if (!call_read(call, call->transaction.buffer + CALL_CHUNK_HEAD, CALL_CHUNK_MAX, &size)) {
        return false;
    }
    call_frame_chunk(call, size);
    return true;
}

static bool call_produce_part(struct call *call) {
    const uint64_t length = (uint64_t)call->request->content_length;
    const uint64_t left = length - call->body_sent;
    size_t size = 0;
    if (!call_read(call, call->transaction.buffer,
                   left < CALL_CHUNK_MAX ? (size_t)left : CALL_CHUNK_MAX, &size)) {
        return false;
    }
    if (size == 0) {
        return call_fail(call, "request: its body ended before its length", "did the file change?");
    }
    call->body_ended = call->body_sent == length;
    call->transaction.output = (span){call->transaction.buffer, size};
    return true;
}

static bool call_produce(struct transaction *transaction) {
    struct call *call = call_of(transaction);
    if (call->body_ended) {
        return true;
    }
    return call->request->content_length < 0 ? call_produce_chunk(call) : call_produce_part(call);
}

/* ---- the response ---------------------------------------------------------------------------- */

static bool call_write(struct call *call, const char *data, size_t size) {
    call->transaction.is_repeatable = false;
    if (!call->request->write(call->request->user, data, size)) {
        return call_fail(call, "output: the response cannot be written", "check where it leads");
    }
    return true;
}

/* What does not fit is left out; a UUID does. */
static void call_save_request_id(struct call *call) {
    struct buffer out;
    buffer_init(&out, call->request_id, sizeof call->request_id - 1);
    buffer_append_escaped(&out, call->transaction.response.request_id, sizeof call->request_id - 1);
}

/* A status that a retry may get past; or a refusal of the token, which the caller can renew. */
static bool call_check_status(struct call *call) {
    struct transaction *transaction = &call->transaction;
    int status = transaction->response.status;
    bool is_retried = call->request->refuse_transient || !call->is_last;
    bool is_busy = is_retried && transaction->is_repeatable && retry_after_is_transient(status);
    bool is_denied = call->request->refuse_unauthorized && status == 401;
    if (!is_busy && !is_denied) {
        return true;
    }
    error_begin(&transaction->error, is_denied ? PINETOKEN_REJECTED : PINETOKEN_UNAVAILABLE,
                "api: the response is HTTP ");
    error_add_number(&transaction->error, status);
    transaction->error.transient = is_busy;
    transaction->error.retry_after_ms = retry_after_ms(&transaction->response);
    return false;
}

static bool call_head(struct transaction *transaction) {
    struct call *call = call_of(transaction);
    call_save_request_id(call);
    return call_check_status(call) &&
           (!call->request->with_head ||
            call_write(call, transaction->buffer, transaction->response.head_size));
}

/* Nothing stays, not the head either. */
static bool call_content(struct transaction *transaction, char *data, size_t size) {
    transaction->held = 0;
    return call_write(call_of(transaction), data, size);
}

static bool call_end(struct transaction *transaction, bool is_complete) {
    (void)transaction;
    return is_complete;
}

static const struct transaction_kind call_kind = {
    .produce = call_produce,
    .head = call_head,
    .content = call_content,
    .end = call_end,
};

bool call_init(struct call *call, const pinetoken_config *config, const struct url *url,
               const pinetoken_call *request, pinetoken_error *error) {
    struct transaction *transaction = &call->transaction;
    struct buffer head;
    *call = (struct call){.request = request};
    if (!call_check(request, error)) {
        return false;
    }
    bool has_body = !span_equal(span_text(request->method), SPAN("HEAD"));
    transaction_init(transaction, &call_kind, request->method,
                     has_body ? RESPONSE_UNLIMITED : RESPONSE_WITHOUT_BODY);
    transaction->log = (struct log){config->log, config->user, config->log_level};
    transaction->is_repeatable = call_is_idempotent(span_text(request->method));
    call->body_ended = request->content_type == NULL || request->content_length == 0;
    buffer_init(&head, transaction->buffer, sizeof transaction->buffer);
    call_write_head(&head, config, url, request);
    if (head.overflow) {
        secret_wipe(transaction->buffer, sizeof transaction->buffer);
        return error_set(error, PINETOKEN_USAGE, "request: its token and headers are too long", "");
    }
    transaction->output = buffer_span(&head);
    return true;
}

void call_response(const struct call *call, pinetoken_response *response) {
    *response = (pinetoken_response){.http_status = call->transaction.response.status};
    memcpy(response->request_id, call->request_id, sizeof response->request_id);
}
