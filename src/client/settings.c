#include "client/settings.h"

#include "base/error.h"
#include "base/secret.h"
#include "net/no_proxy.h"
#include "net/resolve_override.h"
#include "oauth/config.h"
#include "trust/pin.h"

#include <stdlib.h>
#include <string.h>

/* Where every text of a configuration is, and every list of texts; the same order for measuring and
 * for copying. */
static const uint16_t settings_texts[] = {
    offsetof(pinetoken_config, token_url), offsetof(pinetoken_config, client_id),
    offsetof(pinetoken_config, audience),  offsetof(pinetoken_config, api_version),
    offsetof(pinetoken_config, ca_file),   offsetof(pinetoken_config, system_ca_file),
    offsetof(pinetoken_config, proxy),     offsetof(pinetoken_config, no_proxy)};
#define SETTINGS_TEXTS (sizeof settings_texts / sizeof settings_texts[0])
static const char **settings_text(pinetoken_config *values, size_t i) {
    return (const char **)(void *)((char *)values + settings_texts[i]);
}

static const uint16_t settings_lists[] = {offsetof(pinetoken_config, headers),
                                          offsetof(pinetoken_config, pins),
                                          offsetof(pinetoken_config, resolve)};
#define SETTINGS_LISTS (sizeof settings_lists / sizeof settings_lists[0])
static const char *const **settings_list(pinetoken_config *values, size_t i) {
    return (const char *const **)(void *)((char *)values + settings_lists[i]);
}

static size_t settings_text_size(const char *text) {
    return text == NULL ? 0 : strlen(text) + 1;
}

/* With its NULL. */
static size_t settings_list_count(const char *const *list) {
    size_t count = 0;
    while (list != NULL && list[count] != NULL) {
        count++;
    }
    return list == NULL ? 0 : count + 1;
}

static size_t settings_measure(pinetoken_config *values) {
    size_t size = 0;
    for (size_t i = 0; i < SETTINGS_TEXTS; i++) {
        size += settings_text_size(*settings_text(values, i));
    }
    for (size_t i = 0; i < SETTINGS_LISTS; i++) {
        const char *const *list = *settings_list(values, i);
        size_t count = settings_list_count(list);
        size += count * sizeof(char *);
        for (size_t j = 0; j + 1 < count; j++) {
            size += settings_text_size(list[j]);
        }
    }
    return size;
}

/* Copies to *at, which moves to the end of the copy. */
static const char *settings_copy_text(char **at, const char *text) {
    size_t size = settings_text_size(text);
    if (text == NULL) {
        return NULL;
    }
    char *copy = memcpy(*at, text, size);
    *at += size;
    return copy;
}

/* The lists of pointers come first: they must be aligned. */
static void settings_copy_texts(struct settings *settings) {
    pinetoken_config *values = &settings->values;
    const char **pointers = (const char **)(void *)settings->memory;
    char *at = settings->memory;
    for (size_t i = 0; i < SETTINGS_LISTS; i++) {
        at += settings_list_count(*settings_list(values, i)) * sizeof(char *);
    }
    for (size_t i = 0; i < SETTINGS_LISTS; i++) {
        const char *const **copy = settings_list(values, i);
        const char *const *list = *copy;
        if (list == NULL) {
            continue;
        }
        *copy = pointers;
        for (; *list != NULL; list++) {
            *pointers++ = settings_copy_text(&at, *list);
        }
        *pointers++ = NULL;
    }
    for (size_t i = 0; i < SETTINGS_TEXTS; i++) {
        const char **text = settings_text(values, i);
        *text = settings_copy_text(&at, *text);
    }
}

static bool settings_check_list(const char *const *list, bool (*check)(span, pinetoken_error *),
                                pinetoken_error *error) {
    for (; list != NULL && *list != NULL; list++) {
        if (!check(span_text(*list), error)) {
            return false;
        }
    }
    return true;
}

/* An empty list is invalid: no key could match it. */
static void settings_drop_empty_lists(pinetoken_config *values) {
    for (size_t i = 0; i < SETTINGS_LISTS; i++) {
        const char *const **list = settings_list(values, i);
        *list = settings_list_count(*list) > 1 ? *list : NULL;
    }
}

/* What only a client uses; the rest is checked in oauth/config.c. */
static bool settings_check(const pinetoken_config *config, pinetoken_error *error) {
    return config_check_size(config, error) && config_check(config, error) &&
           settings_check_list(config->pins, pin_check, error) &&
           settings_check_list(config->resolve, resolve_override_check, error);
}

bool settings_copy(struct settings *settings, const pinetoken_config *config,
                   pinetoken_error *error) {
    if (!settings_check(config, error)) {
        return false;
    }
    *settings = (struct settings){.values = *config};
    settings_drop_empty_lists(&settings->values);
    settings->memory_size = settings_measure(&settings->values);
    settings->memory = malloc(settings->memory_size);
    if (settings->memory == NULL) {
        return error_out_of_memory("configuration", error);
    }
    settings_copy_texts(settings);
    const char *proxy = settings->values.proxy;
    return proxy == NULL || proxy_url_parse(span_text(proxy), &settings->proxy, error);
}

void settings_free(struct settings *settings) {
    if (settings->memory != NULL) {
        secret_wipe(settings->memory, settings->memory_size);
    }
    free(settings->memory);
    *settings = (struct settings){.memory = NULL};
}

bool settings_destination(const struct settings *settings, const char *url,
                          struct destination *destination, pinetoken_error *error) {
    const pinetoken_config *values = &settings->values;
    if (!url_parse(span_text(url), &destination->url, error)) {
        return false;
    }
    destination->by_proxy = values->proxy != NULL &&
                            (values->no_proxy == NULL ||
                             !no_proxy_matches(span_text(values->no_proxy), destination->url.host));
    return true;
}

struct net_peer settings_origin(const struct destination *destination) {
    return (struct net_peer){.host = destination->url.host, .port = destination->url.port};
}

struct net_peer settings_peer(const struct settings *settings,
                              const struct destination *destination) {
    const struct proxy_url *proxy = &settings->proxy;
    return destination->by_proxy ? (struct net_peer){.host = proxy->host, .port = proxy->port}
                                 : settings_origin(destination);
}
