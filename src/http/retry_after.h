/* When a failed request may be repeated: transient statuses, Retry-After (RFC 9110 10.2.3),
 * RateLimit and X-RateLimit-Reset. */
#ifndef HTTP_RETRY_AFTER_H
#define HTTP_RETRY_AFTER_H

#include "http/response.h"

/* Statuses that may succeed when the same request is sent again: 408, 425, 429 and
 * 5xx but for 501, 505 and 511. */
bool retry_after_is_transient(int http_status);
/* The wait in milliseconds that the first present one of Retry-After, RateLimit and
 * X-RateLimit-Reset asks for; -1: there is none. */
int64_t retry_after_ms(const struct response *response);

#endif
