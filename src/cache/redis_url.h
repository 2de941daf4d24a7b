/* Where a shared cache is: "rediss://[user@]host[:port]/[prefix][?db=N]", "redis://..." on loopback
 * only, or "redis+unix://[user@]/path[?db=N]". */
#ifndef CACHE_REDIS_URL_H
#define CACHE_REDIS_URL_H

#include "base/span.h"

/* All spans point into the text that was parsed, or are static. */
struct redis_url {
    bool is_tls;
    span socket; /* path of a UNIX socket; empty: none */
    span host;   /* as in struct url */
    uint16_t port;
    span user; /* "default" if none is given */
    span database;
    span prefix; /* of every key */
};

/* USAGE; the message never quotes it. */
PINETOKEN_MUST_USE bool redis_url_parse(span text, struct redis_url *url, pinetoken_error *error);

#endif
