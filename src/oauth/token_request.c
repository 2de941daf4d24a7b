#include "oauth/token_request.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/secret.h"
#include "http/form.h"
#include "http/header_lines.h"
#include "http/request.h"
#include "oauth/config.h"
#include "oauth/credential.h"
#include "json/writer.h"

#include <string.h>

/* What was written from `start` on, without the `before` and `after` bytes around it. */
static span token_request_written(const struct buffer *body, size_t start, size_t before,
                                  size_t after) {
    return body->overflow ? SPAN("")
                          : span_cut(buffer_span(body), start + before, body->size - after);
}

/* Returns the secret as it is written. */
static span token_request_write_json(const pinetoken_config *config, span secret,
                                     struct buffer *body) {
    struct json_writer writer;
    json_writer_init(&writer, body);
    json_object_begin(&writer);
    json_member_string(&writer, SPAN("client_id"), span_text(config->client_id));
    json_name(&writer, SPAN("client_secret"));
    size_t start = body->size;
    json_string(&writer, secret);
    const span written = token_request_written(body, start, 1, 1);
    json_member_string(&writer, SPAN("audience"), span_text(config->audience));
    json_member_string(&writer, SPAN("grant_type"), SPAN("client_credentials"));
    json_object_end(&writer);
    return written;
}

/* The same. */
static span token_request_write_form(const pinetoken_config *config, span secret,
                                     struct buffer *body) {
    form_append(body, true, SPAN("grant_type"), SPAN("client_credentials"));
    form_append(body, false, SPAN("client_id"), span_text(config->client_id));
    size_t start = body->size;
    form_append(body, false, SPAN("client_secret"), secret);
    const span written = token_request_written(body, start, sizeof "&client_secret=" - 1, 0);
    form_append(body, false, SPAN("audience"), span_text(config->audience));
    return written;
}

static void token_request_write_head(const pinetoken_config *config, const struct url *url,
                                     size_t body_size, struct buffer *head) {
    span type = config->body == PINETOKEN_BODY_FORM ? SPAN("application/x-www-form-urlencoded")
                                                    : SPAN("application/json");
    request_begin(head, SPAN("POST"), url);
    request_common_fields(head, span_text(config->api_version));
    request_field(head, SPAN("Content-Type"), type);
    request_field_number(head, SPAN("Content-Length"), body_size);
    header_lines_append(head, config->headers);
    request_field(head, SPAN("Connection"), SPAN("close"));
    request_end(head);
}

static span token_request_write_body(const pinetoken_config *config, span secret,
                                     struct buffer *body) {
    return config->body == PINETOKEN_BODY_FORM ? token_request_write_form(config, secret, body)
                                               : token_request_write_json(config, secret, body);
}

static bool token_request_get_secret(const pinetoken_config *config, span *secret,
                                     pinetoken_error *error) {
    if (config->secret == NULL || !config->secret(config->user, secret)) {
        return error_set(error, PINETOKEN_CREDENTIALS, "client secret: missing", "");
    }
    return credential_check("client secret", *secret, error);
}

bool token_request_write(const pinetoken_config *config, const struct url *url,
                         struct buffer *storage, struct token_request *request,
                         pinetoken_error *error) {
    span secret = {NULL, 0};
    if (!config_check_client_id(config, error) ||
        !token_request_get_secret(config, &secret, error)) {
        return false;
    }
    /* The body first, where it stays: its size goes into the head, which is then moved up to it. */
    struct buffer head;
    struct buffer body;
    buffer_init(&head, storage->data, LIMIT_REQUEST_HEAD);
    buffer_init(&body, storage->data + LIMIT_REQUEST_HEAD, storage->capacity - LIMIT_REQUEST_HEAD);
    const span sent = token_request_write_body(config, secret, &body);
    token_request_write_head(config, url, body.size, &head);
    if (body.overflow || head.overflow) {
        secret_wipe(storage->data, storage->capacity);
        return error_set(error, PINETOKEN_USAGE,
                         "request: client ID, secret, audience and headers are too long together",
                         "");
    }
    char *start = storage->data + LIMIT_REQUEST_HEAD - head.size;
    memmove(start, storage->data, head.size);
    *request = (struct token_request){.message = {start, head.size + body.size},
                                      .echoes = {.plain = echo_of(secret), .sent = echo_of(sent)}};
    return true;
}
