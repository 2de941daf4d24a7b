#include "http/proxy_url.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/number.h"
#include "http/url.h"

#define DEFAULT_PORT 1080
/* RFC 1929: their lengths are a byte each. */
#define PROXY_SOCKS_MAX 255u

/* One byte at *at, which moves past it; false: a '%' without two digits. */
static bool proxy_url_decode_byte(span text, size_t *at, char *byte) {
    *byte = text.data[*at];
    if (*byte != '%') {
        *at += 1;
        return true;
    }
    int high = text.size - *at < 3 ? -1 : number_digit(text.data[*at + 1], 16);
    int low = high < 0 ? -1 : number_digit(text.data[*at + 2], 16);
    *byte = (char)(low < 0 ? 0 : high * 16 + low);
    *at += 3;
    return low >= 0;
}

/* Bytes of it decoded; SIZE_MAX: it cannot be, or has a control character (RFC 7617 2). */
static size_t proxy_url_measure(span text) {
    char byte = 0;
    size_t size = 0;
    for (size_t at = 0; at < text.size; size++) {
        if (!proxy_url_decode_byte(text, &at, &byte) || (unsigned char)byte < 0x20 ||
            byte == 0x7f) {
            return SIZE_MAX;
        }
    }
    return size;
}

static bool proxy_url_check_credentials(const struct proxy_url *url, pinetoken_error *error) {
    span text = url->credentials;
    size_t colon = span_find(text, ':');
    size_t user = proxy_url_measure(span_cut(text, 0, colon));
    size_t password =
        proxy_url_measure(span_cut(text, colon < text.size ? colon + 1 : colon, text.size));
    if (user == SIZE_MAX || password == SIZE_MAX) {
        return error_set(
            error, PINETOKEN_USAGE,
            "proxy: user or password with a control character, or a '%' that encodes nothing",
            "write '%' as %25");
    }
    if (url->kind != PROXY_HTTP && (user > PROXY_SOCKS_MAX || password > PROXY_SOCKS_MAX)) {
        return error_set(error, PINETOKEN_USAGE,
                         "proxy: SOCKS5 has no room for a user or password of over 255 bytes", "");
    }
    return true;
}

/* RFC 3986 3.1. */
static bool proxy_url_is_scheme(span text) {
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (!ascii_is_alpha(c) && !ascii_is_digit(c) && c != '+' && c != '-' && c != '.') {
            return false;
        }
    }
    return text.size > 0;
}

static bool proxy_url_fail_scheme(span scheme, pinetoken_error *error) {
    error_begin(error, PINETOKEN_USAGE, "proxy: its scheme ");
    if (proxy_url_is_scheme(scheme)) {
        error_add_quoted(error, scheme);
        error_add(error, " ");
    }
    error_add(error, "is not http, socks5 or socks5h");
    return error_advise(error, "other kinds of proxies are not supported");
}

/* The scheme off *text. */
static bool proxy_url_take_scheme(span *text, enum proxy_kind *kind, pinetoken_error *error) {
    size_t colon = span_find(*text, ':');
    if (text->size - colon < 3 || !span_equal(span_cut(*text, colon + 1, colon + 3), SPAN("//"))) {
        return true;
    }
    span scheme = span_cut(*text, 0, colon);
    size_t place = span_place(scheme, "http\0socks5\0socks5h\0"); /* by enum proxy_kind */
    if (place == SIZE_MAX) {
        return proxy_url_fail_scheme(scheme, error);
    }
    *kind = (enum proxy_kind)place;
    *text = span_cut(*text, colon + 3, text->size);
    return true;
}

/* They end at the last '@': a password that was not encoded may have one. */
static size_t proxy_url_find_credentials_end(span text) {
    size_t end = text.size;
    while (end > 0 && text.data[end - 1] != '@') {
        end--;
    }
    return end;
}

bool proxy_url_parse(span text, struct proxy_url *url, pinetoken_error *error) {
    struct proxy_url parsed = {.port = DEFAULT_PORT};
    if (text.size > LIMIT_URL) {
        return error_set(error, PINETOKEN_USAGE, "proxy: its URL is longer than 2048 bytes", "");
    }
    if (!proxy_url_take_scheme(&text, &parsed.kind, error)) {
        return false;
    }
    size_t end = proxy_url_find_credentials_end(text);
    if (end > 0) {
        parsed.credentials = span_cut(text, 0, end - 1);
        text = span_cut(text, end, text.size);
    }
    if (!proxy_url_check_credentials(&parsed, error)) {
        return false;
    }
    if (text.size > 0 && text.data[text.size - 1] == '/') {
        text.size--;
    }
    if (!url_parse_authority(text, &parsed.host, &parsed.port, error)) {
        return error_set(error, PINETOKEN_USAGE,
                         "proxy: not of the form http://[user:password@]host[:port]", "");
    }
    *url = parsed;
    return true;
}

void proxy_url_decode(span text, struct buffer *out) {
    char byte = 0;
    for (size_t at = 0; at < text.size;) {
        /* It was checked when it was parsed. */
        (void)proxy_url_decode_byte(text, &at, &byte);
        buffer_append_byte(out, byte);
    }
}

void proxy_url_write_credentials(const struct proxy_url *url, struct buffer *out) {
    bool has_colon = span_find(url->credentials, ':') < url->credentials.size;
    proxy_url_decode(url->credentials, out);
    buffer_append(out, has_colon ? SPAN("") : SPAN(":"));
}
