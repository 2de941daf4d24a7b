#include "net/resolve_override.h"

#include "base/error.h"
#include "base/number.h"
#include "http/url.h"

struct override {
    span host;
    uint16_t port;
    span addresses; /* separated by commas */
};

/* Cuts the text before `end` off the front of *rest, and drops `end`; all of it without one. */
static span override_take_until(span *rest, char end) {
    size_t at = span_find(*rest, end);
    span taken = span_cut(*rest, 0, at);
    *rest = span_cut(*rest, at < rest->size ? at + 1 : at, rest->size);
    return taken;
}

static span override_unbracket(span text) {
    bool bracketed = text.size >= 2 && text.data[0] == '[' && text.data[text.size - 1] == ']';
    return bracketed ? span_cut(text, 1, text.size - 1) : text;
}

static bool override_split(span entry, struct override *override) {
    uint64_t port = 0;
    override->host = override_take_until(&entry, ':');
    if (span_starts(override->host, SPAN("+"))) {
        override->host = span_cut(override->host, 1, override->host.size);
    }
    if (!number_parse(override_take_until(&entry, ':'), 10, 65535, &port) || port == 0) {
        return false;
    }
    override->port = (uint16_t)port;
    override->addresses = entry;
    return override->host.size > 0 && entry.size > 0;
}

bool resolve_override_check(span entry, pinetoken_error *error) {
    struct override override;
    union address address;
    /* A host that no URL can have would be an entry without an effect. */
    bool good = override_split(entry, &override) &&
                (span_equal(override.host, SPAN("*")) ||
                 url_parse_authority(override.host, &override.host, &override.port, error));
    while (good && override.addresses.size > 0) {
        good = address_parse(override_unbracket(override_take_until(&override.addresses, ',')), 0,
                             &address);
    }
    return good || error_set(error, PINETOKEN_USAGE,
                             "resolve: not of the form HOST:PORT:ADDRESS[,ADDRESS...]",
                             "give IPv4 or IPv6 addresses, not names");
}

bool resolve_override_find(const char *const *entries, span host, uint16_t port,
                           pinetoken_family family, struct addresses *addresses) {
    span found = {NULL, 0};
    struct override each;
    bool is_own = false;
    union address address;
    for (; entries != NULL && *entries != NULL; entries++) {
        bool is_for_port = override_split(span_text(*entries), &each) && each.port == port;
        if (is_for_port &&
            (span_equal_ignoring_case(each.host, host) || (!is_own && each.host.data[0] == '*'))) {
            is_own = each.host.data[0] != '*';
            found = each.addresses;
        }
    }
    if (found.size == 0) {
        return false;
    }
    addresses->count = 0;
    while (found.size > 0) {
        span text = override_unbracket(override_take_until(&found, ','));
        if (address_parse(text, port, &address)) {
            addresses_add(addresses, family, &address);
        }
    }
    return true;
}
