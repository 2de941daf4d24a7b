#include "http/proxy_url.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/number.h"
#include "http/url.h"

#define DEFAULT_PORT 1080

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

/* RFC 7617 2: no control characters. */
static bool proxy_url_are_credentials(span text) {
    char byte = 0;
    for (size_t at = 0; at < text.size;) {
        if (!proxy_url_decode_byte(text, &at, &byte) || (unsigned char)byte < 0x20 ||
            byte == 0x7f) {
            return false;
        }
    }
    return true;
}

/* "http://" taken off; false: another scheme. */
static bool proxy_url_take_scheme(span *text) {
    const span scheme = SPAN("http://");
    size_t colon = span_find(*text, ':');
    if (text->size >= scheme.size &&
        span_equal_ignoring_case(span_cut(*text, 0, scheme.size), scheme)) {
        *text = span_cut(*text, scheme.size, text->size);
        return true;
    }
    return text->size - colon < 3 || !span_equal(span_cut(*text, colon + 1, colon + 3), SPAN("//"));
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
    if (!proxy_url_take_scheme(&text)) {
        return error_set(error, PINETOKEN_USAGE, "proxy: not an http:// URL",
                         "proxies of other kinds are not spoken to");
    }
    size_t end = proxy_url_find_credentials_end(text);
    if (end > 0) {
        parsed.credentials = span_cut(text, 0, end - 1);
        text = span_cut(text, end, text.size);
    }
    if (!proxy_url_are_credentials(parsed.credentials)) {
        return error_set(
            error, PINETOKEN_USAGE,
            "proxy: user or password with a control character, or a '%' that encodes nothing",
            "write '%' as %25");
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

void proxy_url_write_credentials(const struct proxy_url *url, struct buffer *out) {
    char byte = 0;
    bool has_colon = span_find(url->credentials, ':') < url->credentials.size;
    for (size_t at = 0; at < url->credentials.size;) {
        /* It was checked when it was parsed. */
        (void)proxy_url_decode_byte(url->credentials, &at, &byte);
        buffer_append_byte(out, byte);
    }
    buffer_append(out, has_colon ? SPAN("") : SPAN(":"));
}
