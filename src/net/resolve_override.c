#include "net/resolve_override.h"

#include "base/error.h"
#include "base/number.h"

struct preset {
    span host;
    uint16_t port;
    span addresses; /* with commas between them */
};

/* The text up to `end`, which is dropped, taken off the front of *rest; all of it where there is no
 * `end`. */
static span take_until(span *rest, char end) {
    size_t at = span_find(*rest, end);
    span taken = span_cut(*rest, 0, at);
    *rest = span_cut(*rest, at < rest->size ? at + 1 : at, rest->size);
    return taken;
}

static span without_brackets(span text) {
    bool bracketed = text.size >= 2 && text.data[0] == '[' && text.data[text.size - 1] == ']';
    return bracketed ? span_cut(text, 1, text.size - 1) : text;
}

static bool split(span entry, struct preset *preset) {
    uint64_t port = 0;
    preset->host = take_until(&entry, ':');
    if (!number_parse(take_until(&entry, ':'), 10, 65535, &port) || port == 0) {
        return false;
    }
    preset->port = (uint16_t)port;
    preset->addresses = entry;
    return preset->host.size > 0 && entry.size > 0;
}

bool resolve_override_check(span entry, pinetoken_error *error) {
    struct preset preset;
    union address address;
    bool good = split(entry, &preset);
    while (good && preset.addresses.size > 0) {
        good = address_parse(without_brackets(take_until(&preset.addresses, ',')), 0, &address);
    }
    return good || error_set(error, PINETOKEN_USAGE,
                             "resolve: not of the form HOST:PORT:ADDRESS[,ADDRESS...], with "
                             "addresses of IPv4 or IPv6",
                             "");
}

bool resolve_override_find(const char *const *entries, span host, uint16_t port,
                           pinetoken_family family, struct addresses *addresses) {
    for (; entries != NULL && *entries != NULL; entries++) {
        struct preset preset;
        union address address;
        if (!split(span_text(*entries), &preset) || preset.port != port ||
            !span_equal_ignoring_case(preset.host, host)) {
            continue;
        }
        addresses->count = 0;
        while (preset.addresses.size > 0) {
            span text = without_brackets(take_until(&preset.addresses, ','));
            if (address_parse(text, port, &address)) {
                addresses_add(addresses, family, &address);
            }
        }
        return true;
    }
    return false;
}
