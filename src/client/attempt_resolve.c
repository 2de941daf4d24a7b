#include "client/attempt_resolve.h"

#include "base/error.h"
#include "net/resolve_override.h"

/* From `first` on. */
static void attempt_log_addresses(const struct attempt *attempt, size_t first) {
    for (size_t i = first; i < attempt->addresses.count; i++) {
        char text[INET6_ADDRSTRLEN];
        address_text(&attempt->addresses.list[i], text);
        log_event(attempt->log, EVENT_DNS_ADDRESS, span_text(text), -1);
    }
}

/* False: the override has no address that may be used. */
static bool attempt_use_override(struct attempt *attempt, span host) {
    log_event(attempt->log, EVENT_DNS_OVERRIDE, host, -1);
    attempt_log_addresses(attempt, 0);
    return attempt->addresses.count > 0 ||
           error_set(&attempt->error, PINETOKEN_NETWORK,
                     "resolver: the addresses from --resolve are all of the other family",
                     "add one, or omit -4 or -6");
}

bool attempt_needs_target(const struct attempt *attempt) {
    return attempt->destination->by_proxy && attempt->settings->proxy.kind == PROXY_SOCKS5 &&
           attempt->target[0] == '\0';
}

bool attempt_start_resolving(struct attempt *attempt, const struct net_peer *peer) {
    const pinetoken_config *values = &attempt->settings->values;
    if (resolve_override_find(values->resolve, peer->host, peer->port, values->family,
                              &attempt->addresses)) {
        return attempt_use_override(attempt, peer->host);
    }
    log_event(attempt->log, EVENT_DNS_LOOKUP, peer->host, -1);
    attempt->resolve = resolve_start(peer->host, peer->port, values->family, &attempt->error);
    return attempt->resolve != NULL;
}

void attempt_look_up(struct attempt *attempt, int64_t now) {
    size_t before = attempt->addresses.count;
    if (attempt->resolve == NULL) {
        return;
    }
    enum net_progress progress =
        resolve_step(attempt->resolve, now, &attempt->addresses, &attempt->error);
    attempt_log_addresses(attempt, before);
    attempt->fd_waiting = resolve_descriptor(attempt->resolve);
    attempt->wake_at = resolve_wake_at(attempt->resolve);
    if (progress != NET_WANT_READ) {
        attempt_stop_resolving(attempt);
    }
}

void attempt_stop_resolving(struct attempt *attempt) {
    resolve_free(attempt->resolve);
    attempt->resolve = NULL;
}

enum net_progress attempt_take_target(struct attempt *attempt) {
    const struct net_peer peer = settings_peer(attempt->settings, attempt->destination);
    struct addresses *addresses = &attempt->addresses;
    size_t i = addresses->count - 1;
    while (i > 0 && addresses->list[i].any.sa_family != AF_INET) {
        i--;
    }
    if (addresses->list[i].any.sa_family != AF_INET && attempt->resolve != NULL) {
        return NET_WANT_READ;
    }
    address_text(&addresses->list[i], attempt->target);
    addresses->count = 0;
    attempt_stop_resolving(attempt);
    return attempt_start_resolving(attempt, &peer) ? NET_DONE : NET_FAILED;
}
