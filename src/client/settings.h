/* A client's copy of its configuration, checked, with what is parsed from it. */
#ifndef CLIENT_SETTINGS_H
#define CLIENT_SETTINGS_H

#include "http/proxy_url.h"
#include "http/url.h"
#include "net/net.h"

struct settings {
    pinetoken_config values;       /* its text and lists are in `memory` */
    struct proxy_url proxy;        /* values.proxy, parsed; points into it */
    void (*connected)(void *user); /* client_on_connected; NULL: nobody asks */
    char *memory;                  /* owned; it may hold the proxy's password: wiped */
    size_t memory_size;
};

/* Where a request goes. */
struct destination {
    struct url url; /* points into the text that it was parsed from */
    bool by_proxy;
    bool is_plain; /* TCP without TLS, to loopback, and without a transaction */
};

/* USAGE, CREDENTIALS, INTERNAL. The secret is not called for. */
PINETOKEN_MUST_USE bool settings_copy(struct settings *settings, const pinetoken_config *config,
                                      pinetoken_error *error);
void settings_free(struct settings *settings);
/* To `url`, through the proxy unless NO_PROXY matches. USAGE. */
PINETOKEN_MUST_USE bool settings_destination(const struct settings *settings, const char *url,
                                             struct destination *destination,
                                             pinetoken_error *error);

/* The server that the request is for. Borrowed, as the next one. */
struct net_peer settings_origin(const struct destination *destination);
/* What is connected to: the origin, or the proxy in front of it. */
struct net_peer settings_peer(const struct settings *settings,
                              const struct destination *destination);

#endif
