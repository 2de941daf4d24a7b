/* An https URL (RFC 3986, RFC 9110 4.2.2), strict: what two readers could take for different places
 * is refused. */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include "base/span.h"

/* All spans point into the text that was parsed. */
struct url {
    span authority; /* as written, for the Host field: "host", "host:port", "[::1]:port" */
    span host;      /* a name, an IPv4 or an IPv6 address; the latter without its brackets */
    span target;    /* path and query, starting with '/'; "/" if the URL has none */
    uint16_t port;  /* 443 if the URL has none */
};

/* Refused with PINETOKEN_USAGE: another scheme, userinfo, a fragment, an empty host, port 0, bytes
 * that RFC 3986 does not allow, more than LIMIT_URL bytes. */
PINETOKEN_MUST_USE bool url_parse(span text, struct url *url, pinetoken_error *error);

/* "host[:port]", the host perhaps an IPv6 address in brackets, which are left out of *host. *port
 * is unchanged if there is none. USAGE. */
PINETOKEN_MUST_USE bool url_parse_authority(span text, span *host, uint16_t *port,
                                            pinetoken_error *error);

/* Whether `host` is `domain` or a name below it. */
bool url_host_is_within(span host, span domain);

#endif
