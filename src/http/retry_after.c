#include "http/retry_after.h"

#include "base/limits.h"
#include "base/number.h"
#include "http/date.h"
#include "http/rate_limit.h"

/* From the response's own Date: the system's clock, which may be wrong, does not count. -1: there
 * is no Date. */
static int64_t retry_after_seconds_until(int64_t time, const struct response *response) {
    int64_t now = 0;
    if (!date_parse(response->date, &now)) {
        return -1;
    }
    int64_t left = time > now ? time - now : 0;
    return left < (int64_t)LIMIT_RETRY_AFTER ? left : (int64_t)LIMIT_RETRY_AFTER;
}

/* delay-seconds or HTTP-date (RFC 9110 10.2.3). */
static int64_t retry_after_read_field(const struct response *response) {
    int64_t time = 0;
    if (date_parse(response->retry_after, &time)) {
        return retry_after_seconds_until(time, response);
    }
    return rate_limit_read_seconds(response->retry_after);
}

/* Seconds from now, or, from issuers that count from 1970, a time. */
static int64_t retry_after_read_rate_limit_reset(const struct response *response) {
    uint64_t time = 0;
    if (number_parse(response->rate_limit_reset, 10, LIMIT_UNIX_TIME, &time) &&
        time > LIMIT_RETRY_AFTER) {
        return retry_after_seconds_until((int64_t)time, response);
    }
    return rate_limit_read_seconds(response->rate_limit_reset);
}

/* What the issuer asks to wait, milliseconds; -1: nothing. */
int64_t retry_after_ms(const struct response *response) {
    int64_t seconds = retry_after_read_field(response);
    if (seconds < 0 && response->status == 429) {
        seconds = rate_limit_seconds(response->head);
    }
    if (seconds < 0 && response->status == 429) {
        seconds = retry_after_read_rate_limit_reset(response);
    }
    return seconds < 0 ? -1 : seconds * 1000;
}

/* 501 and 505 are what the issuer cannot do at all, 511 a login page in between; the others, those
 * that only some CDN knows (520 to 527, 530) among them, are trouble that may be over soon. */
bool retry_after_is_transient(int http_status) {
    return http_status == 408 || http_status == 425 || http_status == 429 ||
           (http_status >= 500 && http_status != 501 && http_status != 505 && http_status != 511);
}
