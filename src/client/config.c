#include "client/config.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

void pinetoken_config_init(pinetoken_config *config) {
    *config = (pinetoken_config){
        .token_url = "https://login.pinecone.io/oauth/token",
        .audience = "https://api.pinecone.io/",
        .api_version = "2025-04",
        .body = PINETOKEN_BODY_JSON,
        .roots = PINETOKEN_ROOTS_AUTO,
    };
}

/* Every text of a configuration; the same order for measuring and for copying. */
#define TEXTS 6
static void list_texts(pinetoken_config *values, const char **texts[TEXTS]) {
    texts[0] = &values->token_url;
    texts[1] = &values->client_id;
    texts[2] = &values->audience;
    texts[3] = &values->api_version;
    texts[4] = &values->ca_file;
    texts[5] = &values->system_ca_file;
}

static size_t size_of(const char *text) {
    return text == NULL ? 0 : strlen(text) + 1;
}

static size_t count_headers(const pinetoken_config *values) {
    size_t count = 0;
    while (values->headers != NULL && values->headers[count] != NULL) {
        count++;
    }
    return count;
}

static size_t measure(pinetoken_config *values, size_t headers) {
    const char **texts[TEXTS];
    size_t size = (headers + 1) * sizeof(char *);
    list_texts(values, texts);
    for (size_t i = 0; i < TEXTS; i++) {
        size += size_of(*texts[i]);
    }
    for (size_t i = 0; i < headers; i++) {
        size += size_of(values->headers[i]);
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

/* The list of headers comes first: pointers must be aligned. */
static void copy_texts(struct config *config, size_t headers) {
    const char **texts[TEXTS];
    const char **list = (const char **)(void *)config->memory;
    char *at = config->memory + (headers + 1) * sizeof(char *);
    for (size_t i = 0; i < headers; i++) {
        list[i] = keep(&at, config->values.headers[i]);
    }
    list[headers] = NULL;
    config->values.headers = list;
    list_texts(&config->values, texts);
    for (size_t i = 0; i < TEXTS; i++) {
        *texts[i] = keep(&at, *texts[i]);
    }
}

bool config_copy(struct config *config, const pinetoken_config *values, pinetoken_error *error) {
    struct url url;
    if (!token_request_check(values, &url, error)) {
        return false;
    }
    *config = (struct config){.values = *values};
    size_t headers = count_headers(values);
    config->memory = malloc(measure(&config->values, headers));
    if (config->memory == NULL) {
        return error_set(error, PINETOKEN_INTERNAL, "configuration: out of memory");
    }
    copy_texts(config, headers);
    return url_parse(span_text(config->values.token_url), &config->url, error);
}

void config_free(struct config *config) {
    free(config->memory);
    *config = (struct config){.memory = NULL};
}
