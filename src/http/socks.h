/* SOCKS5 (RFC 1928), the client's side, with a user and password (RFC 1929) if the proxy's URL has
 * them: what is sent, and what each reply means. Bytes only, resumable at every one. */
#ifndef HTTP_SOCKS_H
#define HTTP_SOCKS_H

#include "http/proxy_url.h"

/* The longest message: a user and a password of 255 bytes each. */
#define SOCKS_MESSAGE_MAX 513u

/* Named for the reply that is waited for. */
enum socks_state { SOCKS_METHOD, SOCKS_LOGIN, SOCKS_REPLY, SOCKS_ADDRESS };

struct socks {
    enum socks_state state;
    size_t wanted;    /* bytes of this reply that are to be there for the next step */
    span credentials; /* as in struct proxy_url; all text is borrowed */
    span host;        /* where to: a name, or an address */
    uint16_t port;
    const char *why; /* SOCKS_BAD: what is wrong, ... */
    const char *advice;
    bool is_transient; /* ... and whether a retry may help */
};

enum socks_progress {
    SOCKS_MORE, /* until `wanted` bytes of the reply are received */
    SOCKS_SEND, /* what was written to `out`; the next reply starts after it */
    SOCKS_DONE, /* the next byte is the origin's */
    SOCKS_BAD
};

/* Writes the first message to `out`, which has room for any. */
void socks_begin(struct socks *socks, const struct proxy_url *proxy, span host, uint16_t port,
                 struct buffer *out);
/* `received`: the reply from its start. It may lie where `out` is written to. */
PINETOKEN_MUST_USE enum socks_progress socks_take(struct socks *socks, span received,
                                                  struct buffer *out);

#endif
