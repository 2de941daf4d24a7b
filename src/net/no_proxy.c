#include "net/no_proxy.h"

#include "base/ip.h"
#include "base/number.h"
#include "http/url.h"

static bool no_proxy_is_separator(char c) {
    return c == ',' || c == ' ' || c == '\t';
}

static span no_proxy_trim(span text, char first, char last) {
    size_t start = text.size > 0 && text.data[0] == first ? 1 : 0;
    size_t end = text.size > start && text.data[text.size - 1] == last ? text.size - 1 : text.size;
    return span_cut(text, start, end);
}

static bool no_proxy_matches_name(span entry, span host) {
    return url_host_is_within(no_proxy_trim(host, '\0', '.'), no_proxy_trim(entry, '.', '.'));
}

static bool no_proxy_matches_network(span entry, const unsigned char *address, size_t size) {
    unsigned char network[16];
    size_t network_size = 0;
    size_t slash = span_find(entry, '/');
    uint64_t bits = size * 8;
    if (!ip_parse(no_proxy_trim(span_cut(entry, 0, slash), '[', ']'), network, &network_size) ||
        network_size != size) {
        return false;
    }
    if (slash < entry.size &&
        !number_parse(span_cut(entry, slash + 1, entry.size), 10, bits, &bits)) {
        return false;
    }
    return ip_has_prefix(address, network, (size_t)bits);
}

bool no_proxy_matches(span list, span host) {
    unsigned char address[16];
    size_t size = 0;
    bool is_address = ip_parse(host, address, &size);
    size_t at = 0;
    while (at < list.size) {
        size_t end = at;
        while (end < list.size && !no_proxy_is_separator(list.data[end])) {
            end++;
        }
        span entry = span_cut(list, at, end);
        at = end + 1;
        if (entry.size > 0 && (span_equal(entry, SPAN("*")) ||
                               (is_address ? no_proxy_matches_network(entry, address, size)
                                           : no_proxy_matches_name(entry, host)))) {
            return true;
        }
    }
    return false;
}
