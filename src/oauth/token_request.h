/* The request for a token: OAuth2 client credentials (RFC 6749 4.4.2) as one HTTP/1.1 message. */
#ifndef OAUTH_TOKEN_REQUEST_H
#define OAUTH_TOKEN_REQUEST_H

#include "http/url.h"

/* The caller's configuration, which may be that of an older header, with defaults for what it does
 * not know. USAGE: it is of a newer one, or was not initialised. */
PINETOKEN_MUST_USE bool token_request_take(pinetoken_config *config, const pinetoken_config *given,
                                           pinetoken_error *error);

/* Checks everything in `config` that ends up in the request; `url` is its token_url, parsed. The
 * secret is not asked for. USAGE, CREDENTIALS. */
PINETOKEN_MUST_USE bool token_request_check(const pinetoken_config *config, struct url *url,
                                            pinetoken_error *error);

/* Writes the message, for a `config` that passed the check, somewhere into storage[0..capacity),
 * and sets *request to it. The secret stands in it once, and nowhere else in the storage. USAGE,
 * CREDENTIALS; the storage is wiped then. */
PINETOKEN_MUST_USE bool token_request_write(const pinetoken_config *config, const struct url *url,
                                            char *storage, size_t capacity, span *request,
                                            pinetoken_error *error);

#endif
