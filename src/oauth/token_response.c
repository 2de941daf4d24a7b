#include "oauth/token_response.h"

#include "base/error.h"
#include "base/limits.h"
#include "http/retry_after.h"
#include "json/number.h"
#include "json/scan.h"
#include "json/string.h"

#include <string.h>

/* A member that breaks `rule`, at the byte of the body where its value starts; the end of the body
 * if it is absent. */
static bool token_response_fail(pinetoken_error *error, const struct json_member *member, span body,
                                const char *rule) {
    size_t offset =
        member->kind == JSON_ABSENT ? body.size : (size_t)(member->value.data - body.data);
    error_begin(error, PINETOKEN_PROTOCOL, "response: ");
    error_add_quoted(error, member->name);
    error_add(error, rule);
    error_add(error, " at byte ");
    error_add_number(error, (int64_t)offset);
    error->offset = (int64_t)offset;
    error_add(error, " of the body");
    return error_advise(error, "");
}

/* Decodes a string member in place; true for one that is absent too. */
static bool token_response_decode(struct json_member *member, char *body, size_t size,
                                  pinetoken_error *error) {
    if (member->kind != JSON_STRING) {
        return true;
    }
    char *text = body + (member->value.data - body);
    if (!json_string_decode(text, member->value.size, &member->value.size)) {
        return token_response_fail(error, member, (span){body, size},
                                   " has half of a surrogate pair");
    }
    return true;
}

bool token_is_valid(span token) {
    size_t end = token.size;
    while (end > 0 && token.data[end - 1] == '=') {
        end--;
    }
    for (size_t i = 0; i < end; i++) {
        char c = token.data[i];
        if (!ascii_is_alpha(c) && !ascii_is_digit(c) &&
            (c == '\0' || strchr("-._~+/", c) == NULL)) {
            return false;
        }
    }
    return end > 0 && token.size <= LIMIT_TOKEN;
}

/* Issuers send an integer, 86400.0, 8.64e4 or "86400". A part of a second is dropped, more than a
 * year is clamped to a year, so that a token is never believed to be valid for longer than it is.
 */
static bool token_response_read_expires_in(const struct json_member *member, span body,
                                           int64_t *expires_in, pinetoken_error *error) {
    if (member->kind == JSON_ABSENT || member->kind == JSON_NULL) {
        *expires_in = -1;
        return true;
    }
    uint64_t seconds = 0;
    bool readable = member->kind == JSON_NUMBER ||
                    (member->kind == JSON_STRING && span_is_digits(member->value));
    if (!readable || !json_number_floor(member->value, LIMIT_EXPIRES_IN, &seconds) ||
        seconds == 0) {
        return token_response_fail(error, member, body, " is not a positive number of seconds");
    }
    *expires_in = (int64_t)seconds;
    return true;
}

static bool token_response_read_token(char *body, size_t size, struct token_response *result,
                                      pinetoken_error *error) {
    struct json_member members[] = {
        {.name = SPAN("access_token")}, {.name = SPAN("token_type")}, {.name = SPAN("expires_in")}};
    struct json_member *token = &members[0];
    struct json_member *type = &members[1];
    struct json_member *expires_in = &members[2];
    const span text = {body, size};
    if (!json_scan_object(text, members, 3, error) ||
        !token_response_decode(token, body, size, error) ||
        !token_response_decode(type, body, size, error) ||
        !token_response_decode(expires_in, body, size, error)) {
        return false;
    }
    if (token->kind != JSON_STRING) {
        return token_response_fail(error, token, text, " is missing, or not a string,");
    }
    if (!token_is_valid(token->value)) {
        return token_response_fail(
            error, token, text,
            " is empty, over " LIMIT_TEXT(
                LIMIT_TOKEN) " bytes, or has a character that no bearer token has,");
    }
    if (type->kind != JSON_STRING || !span_equal_ignoring_case(type->value, SPAN("Bearer"))) {
        return token_response_fail(error, type, text, " is not \"Bearer\"");
    }
    struct token_response read = {.access_token = token->value};
    if (!token_response_read_expires_in(expires_in, text, &read.expires_in, error)) {
        return false;
    }
    *result = read;
    return true;
}

/* %x20-21 / %x23-5B / %x5D-7E (RFC 6749 5.2). */
static bool token_response_is_oauth_error(span text) {
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') {
            return false;
        }
    }
    return text.size > 0 && text.size < sizeof((pinetoken_error *)NULL)->oauth_error;
}

/* In place: `text` is part of the body, which is ours to write to. */
static void token_response_mask(const struct token_body *body, span text) {
    echoes_mask(body->echoes, body->data + (text.data - body->data), text.size);
}

/* Adds the issuer's own words if the body is an OAuth error, else what the body is instead. */
static void token_response_explain_refusal(const struct response *response,
                                           const struct token_body *body, pinetoken_error *error) {
    struct json_member members[] = {{.name = SPAN("error")}, {.name = SPAN("error_description")}};
    pinetoken_error ignored;
    bool is_json = json_scan_object((span){body->data, body->size}, members, 2, &ignored) &&
                   token_response_decode(&members[0], body->data, body->size, &ignored) &&
                   token_response_decode(&members[1], body->data, body->size, &ignored);
    if (!is_json || members[0].kind != JSON_STRING ||
        !token_response_is_oauth_error(members[0].value)) {
        error_add(error,
                  response->content_type.size > 0 ? ", without an OAuth error; its body is " : "");
        if (response->content_type.size > 0) {
            error_add_quoted(error, response->content_type);
        }
        return;
    }
    token_response_mask(body, members[0].value);
    memcpy(error->oauth_error, members[0].value.data, members[0].value.size);
    error_add(error, " ");
    error_add_quoted(error, members[0].value);
    if (members[1].kind == JSON_STRING && members[1].value.size > 0) {
        token_response_mask(body, members[1].value);
        error_add(error, ": ");
        error_add_quoted(error, members[1].value);
    }
}

static pinetoken_status token_response_status_of_refusal(int http_status) {
    if (http_status == 429) {
        return PINETOKEN_THROTTLED;
    }
    /* 408 and 425 (RFC 9110 15.5.9, RFC 8470) say nothing about the request itself: they are
     * transient. */
    if (http_status >= 500 || http_status == 408 || http_status == 425) {
        return PINETOKEN_UNAVAILABLE;
    }
    return http_status >= 400 ? PINETOKEN_REJECTED : PINETOKEN_PROTOCOL;
}

static const char *token_response_advice(const pinetoken_error *error) {
    if (error->status == PINETOKEN_THROTTLED) {
        return "ask less often; a token is good until it expires";
    }
    if (error->status == PINETOKEN_UNAVAILABLE) {
        return "try again later";
    }
    if (error->status != PINETOKEN_REJECTED) {
        return "check that this is the issuer's token URL";
    }
    return error->http_status == 401 || error->http_status == 403
               ? "check client ID and secret: are they of the same service account, and not "
                 "revoked?"
               : "check client ID, secret, audience and token URL";
}

/* Never followed, wherever it points: the secret goes to one place. */
static bool token_response_refuse_redirect(const struct response *response,
                                           pinetoken_error *error) {
    error_begin(error, PINETOKEN_PROTOCOL, "response: HTTP ");
    error_add_number(error, response->status);
    error_add(error, " redirects to ");
    error_add_quoted(error, response->location);
    error->http_status = response->status;
    error_add(error, ", which is never followed");
    return error_advise(error, "check that this is the issuer's token URL");
}

static bool token_response_refuse(const struct response *response, const struct token_body *body,
                                  pinetoken_error *error) {
    if (response->location.size > 0 && response->status / 100 == 3) {
        return token_response_refuse_redirect(response, error);
    }
    error_set(error, token_response_status_of_refusal(response->status), "issuer: answered HTTP ",
              "");
    error->http_status = response->status;
    error->retry_after_ms = retry_after_ms(response);
    error->transient = retry_after_is_transient(response->status);
    error_add_number(error, response->status);
    token_response_explain_refusal(response, body, error);
    if (error->retry_after_ms >= 0) {
        error_add(error, ", retry after ");
        error_add_number(error, error->retry_after_ms / 1000);
        error_add(error, " s");
    }
    return error_advise(error, token_response_advice(error));
}

bool token_response_read(const struct response *response, const struct token_body *body,
                         struct token_response *result, pinetoken_error *error) {
    if (response->status != 200) {
        return token_response_refuse(response, body, error);
    }
    if (token_response_read_token(body->data, body->size, result, error)) {
        return true;
    }
    error->http_status = response->status;
    if (response->content_type.size > 0) {
        error_add(error, "; the body is ");
        error_add_quoted(error, response->content_type);
    }
    return error_advise(error, "check that this is the issuer's token URL");
}
