#include "oauth/config.h"

#include "base/error.h"
#include "http/header_lines.h"
#include "http/proxy_url.h"
#include "http/url.h"
#include "oauth/credential.h"
#include "json/utf8.h"

#include <string.h>

void pinetoken_config_init_size(pinetoken_config *config, size_t size) {
    const pinetoken_config defaults = {
        .size = size,
        .token_url = "https://login.pinecone.io/oauth/token",
        .audience = "https://api.pinecone.io/",
        .api_version = "2025-04",
        .body = PINETOKEN_BODY_JSON,
        .roots = PINETOKEN_ROOTS_AUTO,
        .family = PINETOKEN_FAMILY_ANY,
        .connect_timeout_ms = 10000,
        .retries = 3,
        .log_level = PINETOKEN_LOG_TRACE,
    };
    memcpy(config, &defaults, size < sizeof defaults ? size : sizeof defaults);
}

bool config_check_size(const pinetoken_config *config, pinetoken_error *error) {
    if (config->size != sizeof *config) {
        return error_set(error, PINETOKEN_USAGE,
                         "configuration: not initialised, or of another version of the library",
                         "call pinetoken_config_init first, with the header of this library");
    }
    return true;
}

bool config_check_client_id(const pinetoken_config *config, pinetoken_error *error) {
    if (config->client_id == NULL) {
        return error_set(error, PINETOKEN_CREDENTIALS, "client ID: missing", "");
    }
    return credential_check("client ID", span_text(config->client_id), error);
}

static bool config_check_texts(const pinetoken_config *config, pinetoken_error *error) {
    span audience = span_text(config->audience);
    span version = span_text(config->api_version);
    if (audience.size == 0 || span_has_control(audience) || !utf8_is_valid(audience)) {
        return error_set(error, PINETOKEN_USAGE,
                         "audience: empty, not UTF-8, or with a control character", "");
    }
    if (version.size == 0 || span_has_control(version)) {
        return error_set(error, PINETOKEN_USAGE, "API version: empty, or with a control character",
                         "");
    }
    return true;
}

static bool config_check_times(const pinetoken_config *config, pinetoken_error *error) {
    if (config->connect_timeout_ms <= 0 || config->clock_timeout_ms < 0) {
        return error_set(error, PINETOKEN_USAGE, "configuration: a timeout that is not positive",
                         "");
    }
    return true;
}

static bool config_check_urls(const pinetoken_config *config, pinetoken_error *error) {
    struct url url;
    struct proxy_url proxy;
    return url_parse(span_text(config->token_url), &url, error) &&
           (config->proxy == NULL || proxy_url_parse(span_text(config->proxy), &proxy, error));
}

bool config_check(const pinetoken_config *config, pinetoken_error *error) {
    return config_check_times(config, error) && config_check_urls(config, error) &&
           (config->client_id == NULL || config_check_client_id(config, error)) &&
           config_check_texts(config, error) && header_lines_check(config->headers, error);
}
