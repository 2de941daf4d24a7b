#include "client/config.h"

#include "base/error.h"
#include "base/secret.h"
#include "net/no_proxy.h"
#include "net/resolve_override.h"
#include "trust/pin.h"

#include <stdlib.h>
#include <string.h>

void pinetoken_config_init_size(pinetoken_config *config, size_t size) {
    const pinetoken_config defaults = {
        .size = size,
        .token_url = "https://login.pinecone.io/oauth/token",
        .audience = "https://api.pinecone.io/",
        .api_version = "2025-04",
        .body = PINETOKEN_BODY_JSON,
        .roots = PINETOKEN_ROOTS_AUTO,
        .connect_timeout_ms = 10000,
        .retries = 3,
        .log_level = PINETOKEN_LOG_TRACE,
    };
    memcpy(config, &defaults, size < sizeof defaults ? size : sizeof defaults);
}

/* Every text of a configuration, and every list of texts; the same order for measuring and for
 * copying. */
#define TEXTS 8
static void list_texts(pinetoken_config *values, const char **texts[TEXTS]) {
    texts[0] = &values->token_url;
    texts[1] = &values->client_id;
    texts[2] = &values->audience;
    texts[3] = &values->api_version;
    texts[4] = &values->ca_file;
    texts[5] = &values->system_ca_file;
    texts[6] = &values->proxy;
    texts[7] = &values->no_proxy;
}

#define LISTS 3
static void list_lists(pinetoken_config *values, const char *const **lists[LISTS]) {
    lists[0] = &values->headers;
    lists[1] = &values->pins;
    lists[2] = &values->resolve;
}

static size_t size_of(const char *text) {
    return text == NULL ? 0 : strlen(text) + 1;
}

/* With its NULL. */
static size_t count_of(const char *const *list) {
    size_t count = 0;
    while (list != NULL && list[count] != NULL) {
        count++;
    }
    return list == NULL ? 0 : count + 1;
}

static size_t measure(pinetoken_config *values) {
    const char **texts[TEXTS];
    const char *const **lists[LISTS];
    size_t size = 0;
    list_texts(values, texts);
    list_lists(values, lists);
    for (size_t i = 0; i < TEXTS; i++) {
        size += size_of(*texts[i]);
    }
    for (size_t i = 0; i < LISTS; i++) {
        size_t count = count_of(*lists[i]);
        size += count * sizeof(char *);
        for (size_t j = 0; j + 1 < count; j++) {
            size += size_of((*lists[i])[j]);
        }
    }
    return size;
}

/* Copies to *at, which moves behind it. */
static const char *keep(char **at, const char *text) {
    size_t size = size_of(text);
    if (text == NULL) {
        return NULL;
    }
    char *copy = memcpy(*at, text, size);
    *at += size;
    return copy;
}

/* The lists of pointers come first: they must be aligned. */
static void copy_texts(struct config *config) {
    const char **texts[TEXTS];
    const char *const **lists[LISTS];
    const char **pointers = (const char **)(void *)config->memory;
    char *at = config->memory;
    list_texts(&config->values, texts);
    list_lists(&config->values, lists);
    for (size_t i = 0; i < LISTS; i++) {
        at += count_of(*lists[i]) * sizeof(char *);
    }
    for (size_t i = 0; i < LISTS; i++) {
        const char *const *list = *lists[i];
        if (list == NULL) {
            continue;
        }
        *lists[i] = pointers;
        for (; *list != NULL; list++) {
            *pointers++ = keep(&at, *list);
        }
        *pointers++ = NULL;
    }
    for (size_t i = 0; i < TEXTS; i++) {
        *texts[i] = keep(&at, *texts[i]);
    }
}

static bool check_list(const char *const *list, bool (*check)(span, pinetoken_error *),
                       pinetoken_error *error) {
    for (; list != NULL && *list != NULL; list++) {
        if (!check(span_text(*list), error)) {
            return false;
        }
    }
    return true;
}

static bool check(const pinetoken_config *values, pinetoken_error *error) {
    struct url url;
    struct proxy_url proxy;
    if (values->connect_timeout_ms <= 0 || values->clock_timeout_ms < 0) {
        return error_set(error, PINETOKEN_USAGE, "configuration: a time that is none", "");
    }
    return token_request_check(values, &url, error) &&
           (values->proxy == NULL || proxy_url_parse(span_text(values->proxy), &proxy, error)) &&
           check_list(values->pins, pin_check, error) &&
           check_list(values->resolve, resolve_override_check, error);
}

/* A list without any entry is none: no pin would fit it. */
static void drop_empty_lists(pinetoken_config *values) {
    const char *const **lists[LISTS];
    list_lists(values, lists);
    for (size_t i = 0; i < LISTS; i++) {
        *lists[i] = count_of(*lists[i]) > 1 ? *lists[i] : NULL;
    }
}

bool config_copy(struct config *config, const pinetoken_config *given, pinetoken_error *error) {
    pinetoken_config values;
    if (!token_request_take(&values, given, error) || !check(&values, error)) {
        return false;
    }
    *config = (struct config){.values = values};
    drop_empty_lists(&config->values);
    config->memory_size = measure(&config->values);
    config->memory = malloc(config->memory_size);
    if (config->memory == NULL) {
        return error_set(error, PINETOKEN_INTERNAL, "configuration: out of memory", "");
    }
    copy_texts(config);
    const char *proxy = config->values.proxy;
    const char *no_proxy = config->values.no_proxy;
    /* Both were parsed before: they are right. */
    bool parsed = url_parse(span_text(config->values.token_url), &config->url, error) &&
                  (proxy == NULL || proxy_url_parse(span_text(proxy), &config->proxy, error));
    config->has_proxy = proxy != NULL && (no_proxy == NULL ||
                                          !no_proxy_matches(span_text(no_proxy), config->url.host));
    return parsed;
}

void config_free(struct config *config) {
    if (config->memory != NULL) {
        secret_wipe(config->memory, config->memory_size);
    }
    free(config->memory);
    *config = (struct config){.memory = NULL};
}
