/* When a failed request may be repeated: transient statuses, Retry-After (RFC 9110 10.2.3) and
 * X-RateLimit-Reset. */
#ifndef HTTP_RETRY_AFTER_H
#define HTTP_RETRY_AFTER_H

#include "http/response.h"

/* Statuses that may succeed when the same request is sent again: 408, 425, 429 and some of 5xx. */
bool retry_after_is_transient(int http_status);
/* Milliseconds that Retry-After or X-RateLimit-Reset ask to wait; -1: neither is there. */
int64_t retry_after_ms(const struct response *response);

#endif
