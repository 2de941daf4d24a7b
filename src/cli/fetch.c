#include "fetch.h"

#include "credentials.h"

#include <stdlib.h>

struct context {
    struct credentials credentials;
    struct console *console;
};

static bool give_secret(void *user, pinetoken_span *secret) {
    const struct context *context = user;
    *secret = (pinetoken_span){context->credentials.secret.text, context->credentials.secret.size};
    return true;
}

static void log_event(void *user, const pinetoken_event *event) {
    const struct context *context = user;
    console_event(context->console, event);
}

static const char *value_or(const struct options *options, enum option option,
                            const char *fallback) {
    return options->values[option] != NULL ? options->values[option] : fallback;
}

/* The first of the variables that is set and not empty. */
static const char *from_environment(const char *const *names) {
    for (; *names != NULL; names++) {
        const char *value = getenv(*names);
        if (value != NULL && value[0] != '\0') {
            return value;
        }
    }
    return NULL;
}

static void configure_proxy(pinetoken_config *config, const struct options *options) {
    static const char *const proxies[] = {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy",
                                          NULL};
    static const char *const exceptions[] = {"NO_PROXY", "no_proxy", NULL};
    if (options->counts[OPTION_NO_PROXY] == 0) {
        config->proxy = value_or(options, OPTION_PROXY, from_environment(proxies));
        config->no_proxy = from_environment(exceptions);
    }
}

static void configure(pinetoken_config *config, const struct options *options,
                      struct context *context) {
    static const char *const system_ca_file[] = {"SSL_CERT_FILE", NULL};
    pinetoken_config_init(config);
    config->token_url = value_or(options, OPTION_TOKEN_URL, config->token_url);
    config->audience = value_or(options, OPTION_AUDIENCE, config->audience);
    config->api_version = value_or(options, OPTION_API_VERSION, config->api_version);
    config->client_id = context->credentials.id.text;
    config->body = options->body;
    config->headers = options->lists[OPTION_HEADER];
    config->pins = options->lists[OPTION_PIN];
    config->resolve = options->lists[OPTION_RESOLVE];
    config->family = options->family;
    config->connect_timeout_ms = options->connect_timeout_ms;
    config->clock_timeout_ms = options->wait_clock_ms;
    config->retries = options->retries;
    configure_proxy(config, options);
    config->roots = options->roots;
    config->ca_file = options->values[OPTION_CA_FILE];
    config->system_ca_file = from_environment(system_ca_file);
    config->secret = give_secret;
    config->log = log_event;
    config->user = context;
}

static bool fetch(pinetoken *client, const struct options *options, struct credentials *credentials,
                  pinetoken_token *token, pinetoken_error *error) {
    pinetoken_status status = pinetoken_fetch(client, options->timeout_ms, token, error);
    credentials_wipe(credentials);
    return status == PINETOKEN_OK;
}

bool fetch_token(const struct options *options, struct console *console, fetch_use use, void *user,
                 pinetoken_error *error) {
    struct context context = {.console = console};
    pinetoken_config config;
    pinetoken_token token = {{NULL, 0}, -1, -1};
    bool done = false;
    if (credentials_find(&context.credentials, options, console, error)) {
        configure(&config, options, &context);
        pinetoken *client = pinetoken_new(&config, error);
        done = client != NULL && fetch(client, options, &context.credentials, &token, error) &&
               use(user, &token, error);
        pinetoken_free(client);
    }
    credentials_wipe(&context.credentials);
    return done;
}
