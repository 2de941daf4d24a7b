#include "http/url.h"

#include "base/error.h"
#include "base/ip.h"
#include "base/limits.h"
#include "base/number.h"

#include <string.h>

#define DEFAULT_PORT 443

static bool url_fail(pinetoken_error *error, const char *why) {
    return error_set(error, PINETOKEN_USAGE, why, "");
}

static bool url_is_one_of(char c, const char *set) {
    return c != '\0' && strchr(set, c) != NULL;
}

/* RFC 3986 3.2.2 reg-name without percent-encoding: no resolver takes it. '_' is in names that
 * exist. */
static bool url_is_host_name(span host) {
    for (size_t i = 0; i < host.size; i++) {
        char c = host.data[i];
        if (!ascii_is_alpha(c) && !ascii_is_digit(c) && !url_is_one_of(c, "-._")) {
            return false;
        }
    }
    return host.size > 0 && host.size <= LIMIT_HOST && host.data[0] != '.' && host.data[0] != '-';
}

/* What no name does (RFC 3696 2): "127.1", "010.0.0.1" and "0x7f000001" are addresses to some
 * readers, names to others. */
static bool url_ends_in_number(span host) {
    size_t end = host.size - (host.data[host.size - 1] == '.' ? 1 : 0);
    size_t start = end;
    unsigned base = 10;
    while (start > 0 && host.data[start - 1] != '.') {
        start--;
    }
    if (end - start > 2 && host.data[start] == '0' && ascii_lower(host.data[start + 1]) == 'x') {
        base = 16;
        start += 2;
    }
    while (start < end && number_digit(host.data[start], base) >= 0) {
        start++;
    }
    return start == end;
}

/* One that looks like an IP address must be one. */
static bool url_is_host(span host, bool is_bracketed) {
    unsigned char address[16];
    size_t size = 0;
    return (!is_bracketed && !url_ends_in_number(host)) ||
           (ip_parse(host, address, &size) && size == (is_bracketed ? 16 : 4));
}

/* The characters of an IPv6 address. */
static bool url_is_ipv6_text(span host) {
    for (size_t i = 0; i < host.size; i++) {
        if (number_digit(host.data[i], 16) < 0 && !url_is_one_of(host.data[i], ":.")) {
            return false;
        }
    }
    return host.size >= 2;
}

static bool url_parse_port(span text, uint16_t *port, pinetoken_error *error) {
    uint64_t number = 0;
    if (!number_parse(text, 10, 65535, &number) || number == 0) {
        return url_fail(error, "URL: the port is not a number from 1 to 65535");
    }
    *port = (uint16_t)number;
    return true;
}

bool url_parse_authority(span text, span *host, uint16_t *port, pinetoken_error *error) {
    bool bracketed = text.size > 0 && text.data[0] == '[';
    size_t end = span_find(text, bracketed ? ']' : ':');
    if (bracketed && end == text.size) {
        return url_fail(error, "URL: '[' of an IPv6 address without its ']'");
    }
    span found = span_cut(text, bracketed ? 1 : 0, end);
    if (!(bracketed ? url_is_ipv6_text(found) : url_is_host_name(found)) ||
        !url_is_host(found, bracketed)) {
        return url_fail(error, "URL: the host is not a valid name or IP address");
    }
    span rest = span_cut(text, bracketed ? end + 1 : end, text.size);
    if (rest.size > 0 && rest.data[0] != ':') {
        return url_fail(error, "URL: unexpected text between ']' and the port");
    }
    if (rest.size > 0 && !url_parse_port(span_cut(rest, 1, rest.size), port, error)) {
        return false;
    }
    *host = found;
    return true;
}

/* pchar, '/' and '?' (RFC 3986 3.3, 3.4). */
static bool url_is_target(span target) {
    for (size_t i = 0; i < target.size; i++) {
        char c = target.data[i];
        if (c == '%') {
            if (target.size - i < 3 || number_digit(target.data[i + 1], 16) < 0 ||
                number_digit(target.data[i + 2], 16) < 0) {
                return false;
            }
        } else if (!ascii_is_alpha(c) && !ascii_is_digit(c) &&
                   !url_is_one_of(c, "-._~!$&'()*+,;=:@/?")) {
            return false;
        }
    }
    return true;
}

bool url_parse(span text, struct url *url, pinetoken_error *error) {
    static const char scheme[] = "https://";
    const size_t scheme_size = sizeof scheme - 1;
    if (text.size > LIMIT_URL) {
        return url_fail(error, "URL: longer than 2048 bytes");
    }
    if (text.size < scheme_size ||
        !span_equal_ignoring_case(span_cut(text, 0, scheme_size), SPAN("https://"))) {
        return url_fail(error,
                        "URL: does not start with https:// (the secret is sent over TLS only)");
    }
    span rest = span_cut(text, scheme_size, text.size);
    size_t end = 0;
    while (end < rest.size && !url_is_one_of(rest.data[end], "/?#")) {
        end++;
    }
    span authority = span_cut(rest, 0, end);
    if (span_find(authority, '@') < authority.size) {
        return url_fail(error,
                        "URL: a user or password in it (use the client ID and secret options)");
    }
    span target = span_cut(rest, end, rest.size);
    if (span_find(target, '#') < target.size) {
        return url_fail(error, "URL: has a fragment ('#'), which is never sent");
    }
    if (target.size > 0 && target.data[0] == '?') {
        return url_fail(error, "URL: a query without a path (put a '/' before the '?')");
    }
    if (!url_is_target(target)) {
        return url_fail(error, "URL: the path has a character that must be percent-encoded");
    }
    struct url parsed = {.authority = authority,
                         .target = target.size > 0 ? target : SPAN("/"),
                         .port = DEFAULT_PORT};
    if (!url_parse_authority(authority, &parsed.host, &parsed.port, error)) {
        return false;
    }
    *url = parsed;
    return true;
}

bool url_host_is_within(span name, span domain) {
    if (domain.size == 0 || domain.size > name.size ||
        !span_equal_ignoring_case(span_cut(name, name.size - domain.size, name.size), domain)) {
        return false;
    }
    return domain.size == name.size || name.data[name.size - domain.size - 1] == '.';
}
