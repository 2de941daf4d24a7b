#include "trust/identity.h"

#include "http/url.h"

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

bool identity_is_in_subtree(span name, span subtree) {
    bool below_only = subtree.size > 0 && subtree.data[0] == '.';
    span domain = span_cut(subtree, below_only ? 1 : 0, subtree.size);
    return subtree.size == 0 ||
           (url_host_is_within(name, domain) && !(below_only && name.size == domain.size));
}

bool identity_may_reach_subtree(span name, span subtree) {
    bool below_only = subtree.size > 0 && subtree.data[0] == '.';
    bool is_wildcard = name.size > 0 && name.data[0] == '*';
    return identity_is_in_subtree(name, subtree) ||
           (is_wildcard &&
            identity_matches_name(name, span_cut(subtree, below_only ? 1 : 0, subtree.size)));
}
