/* Where a proxy is, and who we are to it: "[SCHEME://][user[:password]@]host[:port][/]", as curl
 * takes it; the scheme is http, socks5 or socks5h, http if there is none. */
#ifndef HTTP_PROXY_URL_H
#define HTTP_PROXY_URL_H

#include "base/buffer.h"

enum proxy_kind {
    PROXY_HTTP,   /* CONNECT */
    PROXY_SOCKS5, /* gets an address: the name is resolved here */
    PROXY_SOCKS5H /* gets the name */
};

/* All spans point into the text that was parsed. */
struct proxy_url {
    enum proxy_kind kind;
    span host;
    span credentials; /* "user:password", percent-encoded; empty: none */
    uint16_t port;    /* 1080, as in curl, if none is given */
};

/* USAGE: another scheme, or what url_parse refuses; for SOCKS a user or password of more than 255
 * bytes, too. The message quotes nothing of it but the scheme. */
PINETOKEN_MUST_USE bool proxy_url_parse(span text, struct proxy_url *url, pinetoken_error *error);
/* A part of the credentials, decoded (RFC 3986 2.1). */
void proxy_url_decode(span text, struct buffer *out);
/* The credentials decoded, with a colon after a user without password: what Basic
 * (RFC 7617) sends. */
void proxy_url_write_credentials(const struct proxy_url *url, struct buffer *out);

#endif
