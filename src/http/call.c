#include "http/call.h"

#include "base/error.h"
#include "base/secret.h"
#include "http/field.h"
#include "http/request.h"
#include "http/retry_after.h"

#include <string.h>

/* Eight digits and CRLF in front of a chunk, CRLF behind it. */
#define CHUNK_HEAD 10u
#define CHUNK_ROOM (CALL_BUFFER - CHUNK_HEAD - 2u)

bool call_is_idempotent(span method) {
    static const char methods[][8] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (span_equal(method, span_text(methods[i]))) {
            return true;
        }
    }
    return false;
}

static void break_off(struct call *call) {
    call->error.http_status = call->response.status;
    call->state = PINETOKEN_FAILED;
}

static void fail_local(struct call *call, const char *what, const char *advice) {
    error_set(&call->error, PINETOKEN_LOCAL, what, advice);
    break_off(call);
}

/* ---- the request ----------------------------------------------------------------------------- */

static bool write_lines(struct buffer *head, const char *const *lines) {
    for (; lines != NULL && *lines != NULL; lines++) {
        span text = span_text(*lines);
        size_t colon = span_find(text, ':');
        span name = span_cut(text, 0, colon);
        if (colon == text.size || span_equal_ignoring_case(name, SPAN("Authorization")) ||
            !request_field(head, name, span_trim(span_cut(text, colon + 1, text.size)))) {
            return false;
        }
    }
    return true;
}

/* What is known to be a field. */
static void add(struct buffer *head, span name, span value) {
    (void)!request_field(head, name, value);
}

static bool write_token(struct buffer *head, span token) {
    char value[LIMIT_TOKEN + sizeof "Bearer " - 1];
    struct buffer out;
    buffer_init(&out, value, sizeof value);
    buffer_append(&out, SPAN("Bearer "));
    buffer_append(&out, token);
    bool done = !out.overflow && request_field(head, SPAN("Authorization"), buffer_span(&out));
    secret_wipe(value, sizeof value);
    return done;
}

static bool write_body_fields(struct buffer *head, const pinetoken_call *request) {
    if (request->content_type == NULL) {
        return true;
    }
    if (request->content_length < 0) {
        add(head, SPAN("Transfer-Encoding"), SPAN("chunked"));
    } else {
        request_field_number(head, SPAN("Content-Length"), (uint64_t)request->content_length);
    }
    return request_field(head, SPAN("Content-Type"), span_text(request->content_type));
}

static bool write_head(struct buffer *head, const pinetoken_config *config, const struct url *url,
                       const pinetoken_call *request) {
    request_begin(head, span_text(request->method), url);
    add(head, SPAN("User-Agent"), SPAN("pinetoken/" PINETOKEN_VERSION));
    add(head, SPAN("Accept"), SPAN("application/json"));
    /* Checked with the configuration. */
    add(head, SPAN("X-Pinecone-Api-Version"), span_text(config->api_version));
    bool done = write_token(head, request->token) && write_body_fields(head, request) &&
                write_lines(head, config->headers);
    add(head, SPAN("Connection"), SPAN("close"));
    request_end(head);
    return done && !head->overflow;
}

bool call_init(struct call *call, const pinetoken_config *config, const struct url *url,
               const pinetoken_call *request, pinetoken_error *error) {
    struct buffer head;
    *call = (struct call){.state = PINETOKEN_WANT_SEND, .request = request};
    error_clear(&call->error);
    response_init(&call->response, UINT64_MAX);
    call->body_ended = request->content_type == NULL || request->content_length == 0;
    buffer_init(&head, call->buffer, sizeof call->buffer);
    if (!field_is_name(span_text(request->method))) {
        return error_set(error, PINETOKEN_USAGE, "method: not one (like GET)", "");
    }
    if (!write_head(&head, config, url, request)) {
        return error_set(error, PINETOKEN_USAGE,
                         "request: its token, headers or content type are no fields, too long, or "
                         "an Authorization of its own",
                         "");
    }
    call->output = buffer_span(&head);
    return true;
}

span call_output(const struct call *call) {
    return call->output;
}

/* "%08x\r\n", for a size that fits. */
static void write_chunk_head(char *out, size_t size) {
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < 8; i++) {
        out[i] = hex[size >> (28 - 4 * i) & 15];
    }
    out[8] = '\r';
    out[9] = '\n';
}

static void frame_chunk(struct call *call, size_t size) {
    if (size == 0) {
        memcpy(call->buffer, "0\r\n\r\n", 5);
        call->output = (span){call->buffer, 5};
        return;
    }
    write_chunk_head(call->buffer, size);
    memcpy(call->buffer + CHUNK_HEAD + size, "\r\n", 2);
    call->output = (span){call->buffer, CHUNK_HEAD + size + 2};
}

/* The next part of the body to the buffer. */
static void read_body(struct call *call) {
    const pinetoken_call *request = call->request;
    bool is_chunked = request->content_length < 0;
    uint64_t left = is_chunked ? CHUNK_ROOM : (uint64_t)request->content_length - call->body_sent;
    size_t capacity = left < CHUNK_ROOM ? (size_t)left : CHUNK_ROOM;
    char *data = call->buffer + (is_chunked ? CHUNK_HEAD : 0);
    size_t size = 0;
    call->is_consumed = true;
    if (!request->read(request->user, data, capacity, &size)) {
        fail_local(call, "request: its body cannot be read", "check where it comes from");
        return;
    }
    call->body_sent += size;
    if (is_chunked) {
        call->body_ended = size == 0;
        frame_chunk(call, size);
        return;
    }
    if (size == 0) {
        fail_local(call, "request: its body ended before its length", "did the file change?");
        return;
    }
    call->body_ended = call->body_sent == (uint64_t)request->content_length;
    call->output = (span){data, size};
}

void call_sent(struct call *call, size_t size) {
    secret_wipe(call->buffer + (call->output.data - call->buffer), size);
    call->output = span_cut(call->output, size, call->output.size);
    if (call->output.size > 0) {
        return;
    }
    if (call->body_ended) {
        call->state = PINETOKEN_WANT_RECEIVE;
    } else {
        read_body(call);
    }
}

/* ---- the answer ------------------------------------------------------------------------------ */

char *call_input(struct call *call, size_t *capacity) {
    size_t room = sizeof call->buffer - call->held;
    *capacity = room < LIMIT_CHUNK_OVERHEAD ? room : LIMIT_CHUNK_OVERHEAD;
    return call->buffer + call->held;
}

static void give(struct call *call, const char *data, size_t size) {
    const pinetoken_call *request = call->request;
    if (size == 0) {
        return;
    }
    call->is_consumed = true;
    if (!request->write(request->user, data, size)) {
        fail_local(call, "output: the answer cannot be written", "check where it leads");
    }
}

static void keep_request_id(struct call *call) {
    struct buffer out;
    /* What does not fit is left out; a UUID does. */
    buffer_init(&out, call->request_id, sizeof call->request_id - 1);
    buffer_append_escaped(&out, call->response.request_id, sizeof call->request_id - 1);
}

/* A refusal that another try may get past; or one by a token that the caller can renew. */
static bool is_refused(struct call *call) {
    const struct response *response = &call->response;
    bool is_busy =
        call->may_refuse && !call->is_consumed && retry_after_is_transient(response->status);
    bool is_denied = call->request->refuse_unauthorized && response->status == 401;
    if (!is_busy && !is_denied) {
        return false;
    }
    error_begin(&call->error, is_denied ? PINETOKEN_REJECTED : PINETOKEN_UNAVAILABLE,
                "api: answered HTTP ");
    error_add_number(&call->error, response->status);
    call->error.transient = is_busy;
    call->error.retry_after_ms = retry_after_ms(response);
    break_off(call);
    return true;
}

static void take_body(struct call *call, char *data, size_t size) {
    size_t content = 0;
    size_t taken = 0;
    enum response_progress progress =
        response_body(&call->response, data, size, &content, &taken, &call->error);
    give(call, data, content);
    if (call->state == PINETOKEN_FAILED) {
        return;
    }
    call->held = 0;
    /* Its bound is for an answer that is kept; here no read has more bytes than it. */
    call->response.chunked.overhead = 0;
    if (progress == RESPONSE_BAD) {
        break_off(call);
    } else if (progress == RESPONSE_DONE) {
        call->state = PINETOKEN_COMPLETE;
    }
}

static void take_head(struct call *call, size_t received) {
    keep_request_id(call);
    if (is_refused(call)) {
        return;
    }
    call->head_done = true;
    size_t size = call->response.head_size;
    if (call->request->with_head) {
        give(call, call->buffer, size);
    }
    if (call->state == PINETOKEN_FAILED) {
        return;
    }
    /* RFC 9112 6.3: the head may speak of a body that is not sent. */
    if (span_equal(span_text(call->request->method), SPAN("HEAD"))) {
        call->state = PINETOKEN_COMPLETE;
        return;
    }
    take_body(call, call->buffer + size, received - size);
}

void call_received(struct call *call, size_t size) {
    size_t received = call->held + size;
    if (call->head_done) {
        take_body(call, call->buffer, size);
        return;
    }
    enum response_progress progress =
        response_head(&call->response, (span){call->buffer, received}, &call->error);
    if (progress == RESPONSE_BAD) {
        break_off(call);
    } else if (progress == RESPONSE_MORE) {
        call->held = received;
    } else {
        take_head(call, received);
    }
}

void call_closed(struct call *call, bool authenticated) {
    if (call->held == 0 && !call->head_done) {
        error_set(&call->error, PINETOKEN_NETWORK,
                  "connection: closed by the peer before it answered", "");
        call->error.transient = true;
    } else if (!call->head_done) {
        error_at(&call->error, PINETOKEN_PROTOCOL, "answer: the connection was closed in its head",
                 call->held);
    } else if (response_closed(&call->response, authenticated, &call->error) == RESPONSE_DONE) {
        call->state = PINETOKEN_COMPLETE;
        return;
    }
    break_off(call);
}
