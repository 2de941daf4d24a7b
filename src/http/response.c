#include "http/response.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/number.h"
#include "http/field.h"

#include <string.h>

void response_init(struct response *response, uint64_t body_limit) {
    *response = (struct response){.framing = RESPONSE_NO_BODY, .body_limit = body_limit};
    response->chunked.room = body_limit;
    response->chunked.framing_room =
        body_limit == RESPONSE_UNLIMITED ? RESPONSE_UNLIMITED : LIMIT_CHUNK_FRAMING;
}

static bool response_fail(pinetoken_error *error, const char *rule, uint64_t offset) {
    error_begin(error, PINETOKEN_PROTOCOL, "response: ");
    error_add(error, rule);
    error_add(error, " at byte ");
    error->offset = (int64_t)offset;
    error_add_number(error, (int64_t)offset);
    return error_advise(error, "");
}

/* status-line = HTTP-version SP status-code SP [ reason-phrase ] (RFC 9112 4). Servers leave out
 * the second SP too when there is no reason. `start` is the offset of the line in the response. */
static bool response_take_status_line(struct response *response, span line, size_t start,
                                      pinetoken_error *error) {
    const size_t version_size = sizeof "HTTP/1.1 " - 1;
    const size_t code_end = version_size + 3;
    if (line.size < version_size || !span_equal(span_cut(line, 0, 7), SPAN("HTTP/1.")) ||
        line.data[8] != ' ' || (line.data[7] != '0' && line.data[7] != '1')) {
        return response_fail(error, "not an HTTP/1.1 status line", start);
    }
    uint64_t status = 0;
    if (line.size < code_end ||
        !number_parse(span_cut(line, version_size, code_end), 10, 599, &status) || status < 100) {
        return response_fail(error, "a status code that is not 100 to 599", start + version_size);
    }
    if (line.size > code_end && line.data[code_end] != ' ') {
        return response_fail(error, "something other than a blank after the status code",
                             start + code_end);
    }
    if (status == 101) {
        return response_fail(error, "a switch of protocol that was not asked for",
                             start + version_size);
    }
    response->status = (int)status;
    response->is_http_1_0 = line.data[7] == '0';
    response->reason = span_trim(span_cut(line, code_end, line.size));
    return true;
}

static bool response_take_content_length(struct response *response, span value, size_t offset,
                                         pinetoken_error *error) {
    if (response->has_length) {
        return response_fail(error, "a second Content-Length", offset);
    }
    if (!number_parse(value, 10, INT64_MAX, &response->content_length)) {
        return response_fail(error, "a Content-Length that is not a number of bytes", offset);
    }
    response->has_length = true;
    return true;
}

/* RFC 9112 6.1: `chunked` once is the only coding that was offered. */
static bool response_take_transfer_encoding(struct response *response, span value, size_t offset,
                                            pinetoken_error *error) {
    if (response->has_encoding || !span_equal_ignoring_case(value, SPAN("chunked"))) {
        return response_fail(error, "a Transfer-Encoding other than chunked", offset);
    }
    if (response->is_http_1_0) {
        return response_fail(error, "a Transfer-Encoding in an HTTP/1.0 response", offset);
    }
    response->has_encoding = true;
    return true;
}

/* The fields whose values others read, and where in a struct response each one's is. */
static const char response_names[] = "Content-Type\0"
                                     "Location\0"
                                     "Retry-After\0"
                                     "Date\0"
                                     "Proxy-Authenticate\0"
                                     "RateLimit-Reset\0"
                                     "X-RateLimit-Reset\0"
                                     "X-Pinecone-Request-Id\0"
                                     "X-Request-Id\0";
static const uint8_t response_places[] = {
    offsetof(struct response, content_type),       offsetof(struct response, location),
    offsetof(struct response, retry_after),        offsetof(struct response, date),
    offsetof(struct response, proxy_authenticate), offsetof(struct response, rate_limit_reset),
    offsetof(struct response, rate_limit_reset),   offsetof(struct response, request_id),
    offsetof(struct response, request_id)};

static void response_save_value(struct response *response, span name, span value) {
    const size_t place = span_place(name, response_names);
    for (size_t i = 0; i < sizeof response_places; i++) {
        if (i == place) {
            memcpy((char *)response + response_places[i], &value, sizeof value);
        }
    }
}

/* The fields that decide something; every other one is passed over. */
static bool response_take_field(struct response *response, span name, span value, size_t offset,
                                pinetoken_error *error) {
    if (response->body_limit == RESPONSE_WITHOUT_BODY) {
        response_save_value(response, name, value);
        return true;
    }
    if (span_equal_ignoring_case(name, SPAN("Content-Length"))) {
        return response_take_content_length(response, value, offset, error);
    }
    if (span_equal_ignoring_case(name, SPAN("Transfer-Encoding"))) {
        return response_take_transfer_encoding(response, value, offset, error);
    }
    if (span_equal_ignoring_case(name, SPAN("Content-Encoding")) &&
        !span_equal_ignoring_case(value, SPAN("identity"))) {
        return response_fail(error, "a Content-Encoding that was not asked for", offset);
    }
    response_save_value(response, name, value);
    return true;
}

/* field-line = field-name ":" OWS field-value OWS (RFC 9112 5). A line that starts with a blank
 * (obs-fold), has one before the colon, or no colon at all fails as a name that is not valid. */
static bool response_take_field_line(struct response *response, span line, size_t start,
                                     pinetoken_error *error) {
    size_t colon = 0;
    while (colon < line.size && field_is_name_byte(line.data[colon])) {
        colon++;
    }
    if (colon == 0 || colon == line.size || line.data[colon] != ':') {
        return response_fail(error, "a field without a valid name and colon", start + colon);
    }
    if (response->fields == LIMIT_RESPONSE_FIELDS) {
        return response_fail(error, "more than " LIMIT_TEXT(LIMIT_RESPONSE_FIELDS) " fields",
                             start);
    }
    response->fields++;
    span value = span_trim(span_cut(line, colon + 1, line.size));
    size_t offset = value.size > 0 ? start + (size_t)(value.data - line.data) : start + colon + 1;
    return response_take_field(response, span_cut(line, 0, colon), value, offset, error);
}

/* RFC 9112 6.3. Length and chunks together are how responses are smuggled: refused, whichever would
 * win. */
static bool response_decide_framing(struct response *response, pinetoken_error *error) {
    if (response->has_length && response->has_encoding) {
        return response_fail(error,
                             "Content-Length and Transfer-Encoding together in the head that ends",
                             response->head_size);
    }
    if (response->status == 204 || response->status == 304 ||
        response->body_limit == RESPONSE_WITHOUT_BODY) {
        response->framing = RESPONSE_NO_BODY;
    } else if (response->has_encoding) {
        response->framing = RESPONSE_CHUNKED;
    } else {
        response->framing = response->has_length ? RESPONSE_LENGTH : RESPONSE_UNTIL_CLOSE;
    }
    return true;
}

/* An interim response is over: the next head starts after it (RFC 9110 15.2). */
static void response_forget_interim(struct response *response) {
    size_t size = response->head_size;
    response_init(response, response->body_limit);
    response->head_size = size;
    response->scanned = size;
    response->start = size;
}

static bool response_take_line(struct response *response, span line, bool *ended,
                               pinetoken_error *error) {
    size_t start = response->head_size;
    for (size_t i = 0; i < line.size; i++) {
        if (!field_is_value_byte(line.data[i])) {
            return response_fail(error, "a control character in the head", start + i);
        }
    }
    response->head_size += line.size + 2;
    response->scanned = response->head_size;
    if (response->status == 0) {
        return response_take_status_line(response, line, start, error);
    }
    if (line.size > 0) {
        return response_take_field_line(response, line, start, error);
    }
    if (response->status < 200) {
        response_forget_interim(response);
        return true;
    }
    *ended = true;
    return response_decide_framing(response, error);
}

enum response_progress response_head(struct response *response, span received,
                                     pinetoken_error *error) {
    bool ended = false;
    while (!ended) {
        size_t at = response->scanned;
        while (at < received.size && at < LIMIT_RESPONSE_HEAD && received.data[at] != '\n') {
            at++;
        }
        if (at == received.size || at == LIMIT_RESPONSE_HEAD) {
            response->scanned = at;
            if (at == LIMIT_RESPONSE_HEAD) {
                response_fail(
                    error,
                    "a head that does not end within " LIMIT_TEXT(LIMIT_RESPONSE_HEAD) " bytes,",
                    at);
                error_advise(error, "the server, or a proxy in between, sends too many header "
                                    "fields: shorten its cookies and policies");
                return RESPONSE_BAD;
            }
            return RESPONSE_MORE;
        }
        if (at == response->head_size || received.data[at - 1] != '\r') {
            response_fail(error, "an LF without its CR in the head", at);
            return RESPONSE_BAD;
        }
        if (!response_take_line(response, span_cut(received, response->head_size, at - 1), &ended,
                                error)) {
            return RESPONSE_BAD;
        }
    }
    response->head = span_cut(received, response->start, response->head_size);
    return RESPONSE_DONE;
}

void response_limit_body(struct response *response, uint64_t body_limit) {
    if (body_limit < response->body_limit) {
        response->body_limit = body_limit;
        response->chunked.room = body_limit;
    }
}

static enum response_progress response_take_chunks(struct response *response, char *data,
                                                   size_t size, size_t *content, size_t *taken,
                                                   pinetoken_error *error) {
    const char *why = NULL;
    enum chunked_progress progress =
        chunked_decode(&response->chunked, data, size, content, taken, &why);
    if (progress != CHUNKED_BAD) {
        return progress == CHUNKED_DONE ? RESPONSE_DONE : RESPONSE_MORE;
    }
    response_fail(error, why, response->head_size + response->body_taken + *taken);
    return RESPONSE_BAD;
}

static enum response_progress response_take_length(const struct response *response, size_t size,
                                                   size_t *content, pinetoken_error *error) {
    if (response->content_length > response->body_limit) {
        response_fail(error, "a body that is too long", response->head_size);
        return RESPONSE_BAD;
    }
    uint64_t left = response->content_length - response->body_taken;
    *content = left < size ? (size_t)left : size;
    return *content == left ? RESPONSE_DONE : RESPONSE_MORE;
}

/* Everything until the end of the connection, but never more than the limit. */
static enum response_progress response_take_until_close(const struct response *response,
                                                        size_t size, size_t *content,
                                                        pinetoken_error *error) {
    uint64_t room = response->body_limit - response->body_taken;
    *content = room < size ? (size_t)room : size;
    if (*content == size) {
        return RESPONSE_MORE;
    }
    response_fail(error, "a body that is too long", response->head_size + response->body_limit);
    return RESPONSE_BAD;
}

enum response_progress response_body(struct response *response, char *data, size_t size,
                                     size_t *content, size_t *taken, pinetoken_error *error) {
    enum response_progress progress = RESPONSE_MORE;
    *content = 0;
    switch (response->framing) {
        case RESPONSE_NO_BODY: progress = RESPONSE_DONE; break;
        case RESPONSE_LENGTH:
            progress = response_take_length(response, size, content, error);
            break;
        case RESPONSE_CHUNKED:
            progress = response_take_chunks(response, data, size, content, taken, error);
            break;
        case RESPONSE_UNTIL_CLOSE:
            progress = response_take_until_close(response, size, content, error);
            break;
    }
    if (response->framing != RESPONSE_CHUNKED) {
        *taken = *content;
    }
    response->body_taken += *taken;
    return progress;
}

enum response_progress response_closed(const struct response *response, bool authenticated,
                                       pinetoken_error *error) {
    uint64_t offset = response->head_size + response->body_taken;
    if (response->framing != RESPONSE_UNTIL_CLOSE) {
        response_fail(error, "the connection was closed before its end,", offset);
        return RESPONSE_BAD;
    }
    if (!authenticated) {
        response_fail(error, "the connection was cut, not closed, so that its end may be missing,",
                      offset);
        return RESPONSE_BAD;
    }
    return RESPONSE_DONE;
}
