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

bool redis_url_is_one(const char *text) {
    return strstr(text, "://") != NULL;
}

static bool redis_url_fail(const char *why, const char *advice, pinetoken_error *error) {
    return error_set_parts(error, PINETOKEN_USAGE, ERROR_PARTS("cache URL: ", why), advice);
}

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

static bool redis_url_take_user(span *authority, struct redis_url *url, pinetoken_error *error) {
    size_t at = span_find(*authority, '@');
    if (at == authority->size) {
        return true;
    }
    url->user = span_cut(*authority, 0, at);
    if (span_find(url->user, ':') < at) {
        return redis_url_fail("a password in it, where logs and lists of processes show it",
                              "use --cache-password-file, or PINETOKEN_CACHE_PASSWORD", error);
    }
    *authority = span_cut(*authority, at + 1, authority->size);
    return (at > 0 && span_find(url->user, '%') == at) ||
           redis_url_fail("a user that is empty, or has a '%'", "", error);
}

static bool redis_url_take_database(span query, struct redis_url *url, pinetoken_error *error) {
    uint64_t number = 0;
    if (query.size == 0) {
        return true;
    }
    if (!redis_url_take(&query, SPAN("?db=")) || !number_parse(query, 10, DATABASE_MAX, &number)) {
        return redis_url_fail("only ?db=NUMBER may follow the path", "", error);
    }
    url->database = query;
    return true;
}

/* Braces mean something in the keys of a cluster. */
static bool redis_url_is_plain(span path) {
    for (size_t i = 0; i < path.size; i++) {
        if (path.data[i] <= ' ' || path.data[i] > '~' || strchr("%#{}", path.data[i]) != NULL) {
            return false;
        }
    }
    return true;
}

static bool redis_url_is_loopback(span host) {
    static const unsigned char loopback[16] = {[15] = 1};
    unsigned char address[16];
    size_t size = 0;
    if (!ip_parse(host, address, &size)) {
        return span_equal_ignoring_case(host, SPAN("localhost"));
    }
    return size == 4 ? address[0] == 127 : memcmp(address, loopback, sizeof loopback) == 0;
}

static bool redis_url_take_host(span authority, struct redis_url *url, pinetoken_error *error) {
    if (!url_parse_authority(authority, &url->host, &url->port, error)) {
        return false;
    }
    return url->is_tls || redis_url_is_loopback(url->host) ||
           redis_url_fail("redis:// is not encrypted, and the host is not this one",
                          "use rediss://", error);
}

bool redis_url_parse(span text, struct redis_url *url, pinetoken_error *error) {
    struct redis_url parsed = {.port = DEFAULT_PORT,
                               .user = SPAN("default"),
                               .database = SPAN("0"),
                               .prefix = SPAN("pinetoken:")};
    bool is_socket = false;
    if (text.size > LIMIT_URL || !redis_url_is_plain(text)) {
        return redis_url_fail("longer than 2048 bytes, or with a blank or one of % # { }", "",
                              error);
    }
    if (!redis_url_take_scheme(&text, &parsed, &is_socket)) {
        return redis_url_fail("not of a scheme that is known",
                              "rediss://, redis:// or redis+unix://, or the path of a file", error);
    }
    size_t query = span_find(text, '?');
    size_t slash = span_find(span_cut(text, 0, query), '/');
    span authority = span_cut(text, 0, slash);
    span path = span_cut(text, slash, query);
    if (!redis_url_take_user(&authority, &parsed, error) ||
        !redis_url_take_database(span_cut(text, query, text.size), &parsed, error)) {
        return false;
    }
    if (is_socket) {
        parsed.socket = path;
        *url = parsed;
        return (path.size > 1 && authority.size == 0) ||
               redis_url_fail("not of the form redis+unix:///path", "", error);
    }
    parsed.prefix = path.size > 1 ? span_cut(path, 1, path.size) : parsed.prefix;
    if (!redis_url_take_host(authority, &parsed, error)) {
        return false;
    }
    *url = parsed;
    return true;
}
