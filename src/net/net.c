#include "net/net.h"

#include "base/error.h"
#include "base/limits.h"

#include <string.h>

void net_add_peer(pinetoken_error *error, const struct net_peer *peer) {
    char text[4 * LIMIT_HOST + 1];
    struct buffer host;
    bool is_ipv6 = span_find(peer->host, ':') < peer->host.size;
    buffer_init(&host, text, sizeof text);
    buffer_append_escaped(&host, peer->host, LIMIT_HOST);
    error_add(error, is_ipv6 ? "[" : "");
    error_add(error, buffer_terminate(&host));
    error_add(error, is_ipv6 ? "]:" : ":");
    error_add_number(error, peer->port);
}

void net_add_errno(pinetoken_error *error, int number) {
    const char *text = strerror(number);
    char first[2] = {text[0], '\0'};
    /* "Connection refused", but not "I/O error". */
    if (text[0] != '\0' && ascii_is_alpha(text[1]) && ascii_lower(text[1]) == text[1]) {
        first[0] = ascii_lower(text[0]);
    }
    error_add(error, first);
    error_add(error, text[0] != '\0' ? text + 1 : "");
    error->system_errno = number;
}
