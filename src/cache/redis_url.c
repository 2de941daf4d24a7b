#include "cache/redis_url.h"

#include "base/error.h"
#include "base/ip.h"
#include "base/limits.h"
#include "base/number.h"
#include "http/url.h"

#include <string.h>

#define DEFAULT_PORT 6379
/* Nobody has more; Redis has 16 unless configured. */
#define DATABASE_MAX 99999u

/* Cuts `start` off *text. */
static bool redis_url_take(span *text, span start) {
    if (text->size < start.size ||
        !span_equal_ignoring_case(span_cut(*text, 0, start.size), start)) {
        return false;
    }
    *text = span_cut(*text, start.size, text->size);
    return true;
}

static bool redis_url_take_scheme(span *text, struct redis_url *url, bool *is_socket) {
    url->is_tls = redis_url_take(text, SPAN("rediss://"));
    *is_socket = !url->is_tls && redis_url_take(text, SPAN("redis+unix://"));
    return url->is_tls || *is_socket || redis_url_take(text, SPAN("redis://"));
}

/* False: there is a password in it, or a '%'. */
static bool redis_url_take_user(span *authority, struct redis_url *url) {
    size_t at = span_find(*authority, '@');
    if (at == authority->size) {
        return true;
    }
    url->user = span_cut(*authority, 0, at);
    *authority = span_cut(*authority, at + 1, authority->size);
    return at > 0 && span_find(url->user, ':') == at;
}

static bool redis_url_take_database(span query, struct redis_url *url) {
    uint64_t number = 0;
    if (query.size == 0) {
        return true;
    }
    bool is_database = redis_url_take(&query, SPAN("?db="));
    url->database = query;
    return is_database && number_parse(query, 10, DATABASE_MAX, &number);
}

/* Braces mean something in the keys of a cluster. */
static bool redis_url_is_plain(span text) {
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~' || strchr("%#{}", text.data[i]) != NULL) {
            return false;
        }
    }
    return text.size <= LIMIT_URL;
}

static bool redis_url_is_loopback(span host) {
    unsigned char address[16];
    size_t size = 0;
    return span_equal_ignoring_case(host, SPAN("localhost")) || span_equal(host, SPAN("::1")) ||
           (ip_parse(host, address, &size) && size == 4 && address[0] == 127);
}

static bool redis_url_take_host(span authority, struct redis_url *url) {
    pinetoken_error ignored;
    return url_parse_authority(authority, &url->host, &url->port, &ignored) &&
           (url->is_tls || redis_url_is_loopback(url->host));
}

static bool redis_url_read(span text, struct redis_url *url) {
    bool is_socket = false;
    if (!redis_url_is_plain(text) || !redis_url_take_scheme(&text, url, &is_socket)) {
        return false;
    }
    size_t query = span_find(text, '?');
    size_t slash = span_find(span_cut(text, 0, query), '/');
    span authority = span_cut(text, 0, slash);
    span path = span_cut(text, slash, query);
    if (!redis_url_take_user(&authority, url) ||
        !redis_url_take_database(span_cut(text, query, text.size), url)) {
        return false;
    }
    if (is_socket) {
        url->socket = path;
        return path.size > 1 && authority.size == 0;
    }
    url->prefix = path.size > 1 ? span_cut(path, 1, path.size) : url->prefix;
    return redis_url_take_host(authority, url);
}

bool redis_url_parse(span text, struct redis_url *url, pinetoken_error *error) {
    *url = (struct redis_url){.port = DEFAULT_PORT,
                              .user = SPAN("default"),
                              .database = SPAN("0"),
                              .prefix = SPAN("pinetoken:")};
    return redis_url_read(text, url) ||
           error_set(error, PINETOKEN_USAGE,
                     "cache URL: not of the form rediss://[user@]host[:port]/[prefix][?db=N], "
                     "redis:// to this host, or redis+unix:///path",
                     "its password goes into --cache-password-file or PINETOKEN_CACHE_PASSWORD");
}
