/* Where a proxy is, and who we are to it: "[http://][user[:password]@]host[:port][/]", as curl
 * takes it. */
#ifndef HTTP_PROXY_URL_H
#define HTTP_PROXY_URL_H

#include "base/buffer.h"

/* All spans point into the text that was parsed. */
struct proxy_url {
    span host;
    span credentials; /* "user:password", percent-encoded; empty: none */
    uint16_t port;    /* 1080, as in curl, if none is given */
};

/* USAGE: another scheme than http, or what url_parse refuses. The message never quotes it. */
PINETOKEN_MUST_USE bool proxy_url_parse(span text, struct proxy_url *url, pinetoken_error *error);
/* The credentials decoded (RFC 3986 2.1), with a colon after a user without password: what Basic
 * (RFC 7617) sends. */
void proxy_url_write_credentials(const struct proxy_url *url, struct buffer *out);

#endif
