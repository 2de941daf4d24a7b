/* The caller's configuration, checked once and kept. */
#ifndef CLIENT_CONFIG_H
#define CLIENT_CONFIG_H

#include "http/proxy_url.h"
#include "oauth/token_request.h"

struct config {
    pinetoken_config values; /* its text and headers lie in `memory` */
    struct url url;          /* values.token_url, parsed; points into it */
    bool has_proxy;          /* one is given, and the URL's host is not to be reached without it */
    struct proxy_url proxy;  /* values.proxy, parsed; points into it */
    void (*connected)(void *user); /* client_on_connected; NULL: nobody asks */
    char *memory;                  /* owned; it may hold the proxy's password: wiped */
    size_t memory_size;
};

/* USAGE, CREDENTIALS, INTERNAL. The secret is not asked for. */
PINETOKEN_MUST_USE bool config_copy(struct config *config, const pinetoken_config *given,
                                    pinetoken_error *error);
void config_free(struct config *config);

#endif
