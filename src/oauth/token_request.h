/* The request for a token: OAuth2 client credentials (RFC 6749 4.4.2) as one HTTP/1.1 message. */
#ifndef OAUTH_TOKEN_REQUEST_H
#define OAUTH_TOKEN_REQUEST_H

#include "base/buffer.h"
#include "http/url.h"
#include "oauth/echo.h"

struct token_request {
    span message;
    struct echoes echoes; /* of the secret */
};

/* Writes the message, for a `config` that passed config_check, somewhere into the storage, more
 * than LIMIT_REQUEST_HEAD bytes, and sets *request; `url` is its token_url, parsed. The
 * secret is called for, stands in the message once, and nowhere else in the storage. USAGE,
 * CREDENTIALS; nothing of it is left in the storage then. */
PINETOKEN_MUST_USE bool token_request_write(const pinetoken_config *config, const struct url *url,
                                            struct buffer *storage, struct token_request *request,
                                            pinetoken_error *error);

#endif
