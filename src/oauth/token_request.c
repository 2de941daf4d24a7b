#include "oauth/token_request.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/secret.h"
#include "http/field.h"
#include "http/form.h"
#include "http/request.h"
#include "json/utf8.h"
#include "json/writer.h"

#include <string.h>

/* The fields that this request sends by itself, and those that would change how either message is
 * framed. */
static const char reserved_fields[] = "Host\0"
                                      "Content-Type\0"
                                      "Content-Length\0"
                                      "Accept\0"
                                      "User-Agent\0"
                                      "X-Pinecone-Api-Version\0"
                                      "Connection\0"
                                      "Transfer-Encoding\0"
                                      "Accept-Encoding\0"
                                      "Expect\0"
                                      "TE\0"
                                      "Trailer\0"
                                      "Upgrade\0"
                                      "Keep-Alive\0"
                                      "Proxy-Connection\0";

static bool has_control(span text) {
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte < 0x20 || byte == 0x7f) {
            return true;
        }
    }
    return false;
}

/* The command-line contract's rules for id and secret; what is wrong with it, NULL where nothing
 * is. */
static const char *credential_fault(span text) {
    if (text.size == 0) {
        return "is empty";
    }
    if (text.size > LIMIT_CREDENTIAL) {
        return "is longer than 4096 bytes";
    }
    if (has_control(text)) {
        return "has a control character in it";
    }
    return utf8_is_valid(text) ? NULL : "is not UTF-8";
}

static bool check_credential(const char *name, span text, pinetoken_error *error) {
    const char *fault = credential_fault(text);
    if (fault == NULL) {
        return true;
    }
    error_begin(error, PINETOKEN_CREDENTIALS, name);
    error_add(error, ": ");
    error_add(error, fault);
    return error_advise(error, "copy it again from where the service account was made");
}

static bool check_header(span line, pinetoken_error *error) {
    size_t colon = span_find(line, ':');
    span name = span_cut(line, 0, colon);
    if (colon == line.size || !field_is_name(name)) {
        return error_set(error, PINETOKEN_USAGE, "header: not of the form 'Name: value'", "");
    }
    if (!field_is_value(span_cut(line, colon + 1, line.size))) {
        return error_set(error, PINETOKEN_USAGE,
                         "header: its value has a line end or another control character", "");
    }
    for (const char *at = reserved_fields; *at != '\0'; at += strlen(at) + 1) {
        if (span_equal_ignoring_case(name, span_text(at))) {
            error_begin(error, PINETOKEN_USAGE, "header: pinetoken decides about ");
            error_add_quoted(error, name);
            return error_advise(error, "");
        }
    }
    return true;
}

/* The end of the first version's. */
#define FIRST_SIZE offsetof(pinetoken_config, log_level)

bool token_request_take(pinetoken_config *config, const pinetoken_config *given,
                        pinetoken_error *error) {
    if (given->size < FIRST_SIZE || given->size > sizeof *config) {
        return error_set(
            error, PINETOKEN_USAGE, "configuration: of a newer version, or of none",
            "call pinetoken_config_init first, and use the library that the header is of");
    }
    *config = (pinetoken_config){.log_level = PINETOKEN_LOG_TRACE};
    memcpy(config, given, given->size);
    config->size = sizeof *config;
    return true;
}

bool token_request_check(const pinetoken_config *config, struct url *url, pinetoken_error *error) {
    if (config->client_id == NULL) {
        return error_set(error, PINETOKEN_CREDENTIALS, "client id: not given", "");
    }
    if (!url_parse(span_text(config->token_url), url, error) ||
        !check_credential("client id", span_text(config->client_id), error)) {
        return false;
    }
    span audience = span_text(config->audience);
    if (audience.size == 0 || has_control(audience) || !utf8_is_valid(audience)) {
        return error_set(error, PINETOKEN_USAGE,
                         "audience: empty, not UTF-8, or with a control character", "");
    }
    span version = span_text(config->api_version);
    if (version.size == 0 || has_control(version)) {
        return error_set(error, PINETOKEN_USAGE, "API version: empty, or with a control character",
                         "");
    }
    for (const char *const *line = config->headers; line != NULL && *line != NULL; line++) {
        if (!check_header(span_text(*line), error)) {
            return false;
        }
    }
    return true;
}

static void write_json(const pinetoken_config *config, span secret, struct buffer *body) {
    struct json_writer writer;
    json_writer_init(&writer, body);
    json_object_begin(&writer);
    json_member_string(&writer, SPAN("client_id"), span_text(config->client_id));
    json_member_string(&writer, SPAN("client_secret"), secret);
    json_member_string(&writer, SPAN("audience"), span_text(config->audience));
    json_member_string(&writer, SPAN("grant_type"), SPAN("client_credentials"));
    /* All values are checked, and whether they fit, the buffer knows. */
    json_object_end(&writer);
}

static void write_form(const pinetoken_config *config, span secret, struct buffer *body) {
    form_append(body, true, SPAN("grant_type"), SPAN("client_credentials"));
    form_append(body, false, SPAN("client_id"), span_text(config->client_id));
    form_append(body, false, SPAN("client_secret"), secret);
    form_append(body, false, SPAN("audience"), span_text(config->audience));
}

/* What could be refused was checked: token_request_check. */
static void write_field(struct buffer *head, span name, span value) {
    (void)!request_field(head, name, value);
}

static void write_head(const pinetoken_config *config, const struct url *url, size_t body_size,
                       struct buffer *head) {
    span type = config->body == PINETOKEN_BODY_FORM ? SPAN("application/x-www-form-urlencoded")
                                                    : SPAN("application/json");
    request_begin(head, SPAN("POST"), url);
    write_field(head, SPAN("User-Agent"), SPAN("pinetoken/" PINETOKEN_VERSION));
    write_field(head, SPAN("Accept"), SPAN("application/json"));
    write_field(head, SPAN("Content-Type"), type);
    write_field(head, SPAN("X-Pinecone-Api-Version"), span_text(config->api_version));
    request_field_number(head, SPAN("Content-Length"), body_size);
    for (const char *const *line = config->headers; line != NULL && *line != NULL; line++) {
        span text = span_text(*line);
        size_t colon = span_find(text, ':');
        write_field(head, span_cut(text, 0, colon),
                    span_trim(span_cut(text, colon + 1, text.size)));
    }
    write_field(head, SPAN("Connection"), SPAN("close"));
    request_end(head);
}

bool token_request_write(const pinetoken_config *config, const struct url *url, char *storage,
                         size_t capacity, span *request, pinetoken_error *error) {
    span secret = {NULL, 0};
    if (config->secret == NULL || !config->secret(config->user, &secret)) {
        return error_set(error, PINETOKEN_CREDENTIALS, "client secret: not given", "");
    }
    if (!check_credential("client secret", secret, error)) {
        return false;
    }
    /* The body first, where it stays: its size goes into the head, which is then moved up to it. */
    struct buffer head;
    struct buffer body;
    buffer_init(&head, storage, LIMIT_REQUEST_HEAD);
    buffer_init(&body, storage + LIMIT_REQUEST_HEAD, capacity - LIMIT_REQUEST_HEAD);
    if (config->body == PINETOKEN_BODY_FORM) {
        write_form(config, secret, &body);
    } else {
        write_json(config, secret, &body);
    }
    write_head(config, url, body.size, &head);
    if (body.overflow || head.overflow) {
        secret_wipe(storage, capacity);
        return error_set(error, PINETOKEN_USAGE, "request: too long",
                         "id, secret, audience and headers together");
    }
    char *start = storage + LIMIT_REQUEST_HEAD - head.size;
    memmove(start, storage, head.size);
    *request = (span){start, head.size + body.size};
    return true;
}
