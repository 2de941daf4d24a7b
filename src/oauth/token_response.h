/* What the issuer, or an edge in its place, sent back: a token, an OAuth error (RFC 6749 5.1, 5.2),
 * or neither. */
#ifndef OAUTH_TOKEN_RESPONSE_H
#define OAUTH_TOKEN_RESPONSE_H

#include "http/response.h"
#include "oauth/echo.h"

struct token_response {
    span access_token;  /* points into the body */
    int64_t expires_in; /* seconds, at most LIMIT_EXPIRES_IN; -1: the issuer did not say */
};

struct token_body {
    char *data; /* content, written to: escapes are decoded in place */
    size_t size;
    const struct echoes *echoes; /* masked in what becomes a part of the error */
};

/* What came of a response. False: *error has REJECTED, THROTTLED, UNAVAILABLE or PROTOCOL, with the
 * HTTP status, Retry-After and OAuth error if there are any. */
PINETOKEN_MUST_USE bool token_response_read(const struct response *response,
                                            const struct token_body *body,
                                            struct token_response *result, pinetoken_error *error);
/* b64token (RFC 6750 2.1), LIMIT_TOKEN bytes at most: what may follow "Bearer " in a header, and is
 * safe in any output. */
PINETOKEN_MUST_USE bool token_is_valid(span token);

#endif
