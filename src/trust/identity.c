#include "trust/identity.h"

#include <arpa/inet.h>
#include <string.h>

bool identity_matches_name(span dns_name, span host) {
    if (host.size > 0 && host.data[host.size - 1] == '.') {
        host.size--;
    }
    if (dns_name.size < 2 || dns_name.data[0] != '*' || dns_name.data[1] != '.') {
        /* Any other '*' is a character that no host has. */
        return host.size > 0 && span_equal_ignoring_case(dns_name, host);
    }
    size_t first_label = span_find(host, '.');
    span parent = span_cut(dns_name, 2, dns_name.size);
    if (first_label == 0 || first_label == host.size || span_find(parent, '.') == parent.size) {
        return false;
    }
    return span_equal_ignoring_case(parent, span_cut(host, first_label + 1, host.size));
}

bool identity_is_within(span name, span domain) {
    if (domain.size == 0 || domain.size > name.size ||
        !span_equal_ignoring_case(span_cut(name, name.size - domain.size, name.size), domain)) {
        return false;
    }
    return domain.size == name.size || name.data[name.size - domain.size - 1] == '.';
}

bool identity_is_in_subtree(span name, span subtree) {
    bool below_only = subtree.size > 0 && subtree.data[0] == '.';
    span domain = span_cut(subtree, below_only ? 1 : 0, subtree.size);
    return subtree.size == 0 ||
           (identity_is_within(name, domain) && !(below_only && name.size == domain.size));
}

bool identity_may_reach_subtree(span name, span subtree) {
    bool below_only = subtree.size > 0 && subtree.data[0] == '.';
    bool is_wildcard = name.size > 0 && name.data[0] == '*';
    return identity_is_in_subtree(name, subtree) ||
           (is_wildcard &&
            identity_matches_name(name, span_cut(subtree, below_only ? 1 : 0, subtree.size)));
}

bool identity_is_in_network(span address, span network) {
    bool is_in = network.size == 2 * address.size;
    for (size_t i = 0; is_in && i < address.size; i++) {
        is_in = ((address.data[i] ^ network.data[i]) & network.data[address.size + i]) == 0;
    }
    return is_in;
}

bool identity_parse_address(span host, unsigned char out[16], size_t *size) {
    char text[INET6_ADDRSTRLEN];
    if (host.size >= sizeof text) {
        return false;
    }
    memcpy(text, host.data, host.size);
    text[host.size] = '\0';
    if (inet_pton(AF_INET, text, out) == 1) {
        *size = 4;
        return true;
    }
    if (inet_pton(AF_INET6, text, out) == 1) {
        *size = 16;
        return true;
    }
    return false;
}
