/* The library's events, one a line: its constant, level, phase, stable name for programs, and the
 * English for people. Names never change their meaning; words may. */
#ifndef BASE_EVENTS_H
#define BASE_EVENTS_H

#define EVENTS(X)                                                                             \
    X(CACHE_HIT, INFO, NONE, "cache.hit", "token from the cache, seconds left:")              \
    X(CACHE_UNUSABLE, WARN, NONE, "cache.unusable",                                           \
      "cache: cannot be used, the token is not cached:")                                      \
    X(CACHE_UNREADABLE, WARN, NONE, "cache.unreadable", "cache: cannot be read:")             \
    X(CACHE_UNWRITABLE, WARN, NONE, "cache.unwritable", "cache: the token cannot be cached:") \
    X(CACHE_PRIVATE, WARN, NONE, "cache.private",                                             \
      "cache: everybody can write to its directory, a private one in it is used:")            \
    X(CACHE_UNLOCKED, WARN, NONE, "cache.unlocked",                                           \
      "cache: cannot be locked, others may fetch the same token:")                            \
    X(CACHE_DAMAGED, WARN, NONE, "cache.damaged",                                             \
      "cache: its content is damaged or of another version, it is not used")                  \
    X(CACHE_CLOCK_WENT_BACK, WARN, NONE, "cache.clock_went_back",                             \
      "cache: the clock went back since its token was obtained, it is not used")              \
    X(CACHE_CLOCK_UNSET, WARN, NONE, "cache.clock_unset",                                     \
      "cache: not used until the clock is set")                                               \
    X(CACHE_NOT_RENEWED, WARN, NONE, "cache.not_renewed",                                     \
      "cache: its token is valid, but could not be renewed:")                                 \
    X(CACHE_SHARED_HIT, INFO, NONE, "cache.shared_hit",                                       \
      "token from the shared cache, seconds left:")                                           \
    X(CACHE_SHARED_UNUSABLE, WARN, NONE, "cache.shared_unusable", "shared cache not used:")   \
    X(CLOCK_WAIT, TRACE, CLOCK, "clock.wait", "waiting for the clock to be set, it shows")    \
    X(SANDBOX, INFO, NONE, "sandbox", "sandbox:")                                             \
    X(DNS_LOOKUP, INFO, RESOLVE, "dns.lookup", "resolving")                                   \
    X(DNS_OVERRIDE, INFO, RESOLVE, "dns.override", "addresses as configured for")             \
    X(DNS_ADDRESS, TRACE, RESOLVE, "dns.address", "address")                                  \
    X(TCP_ATTEMPT, TRACE, DIAL, "tcp.attempt", "trying")                                      \
    X(TCP_FAILURE, TRACE, DIAL, "tcp.failure", "no connection to")                            \
    X(TCP_ERRNO, TRACE, DIAL, "tcp.errno", "because of errno")                                \
    X(TCP_CONNECTED, INFO, DIAL, "tcp.connected", "connected to")                             \
    X(PROXY_REQUEST, TRACE, PROXY, "proxy.request", "asking the proxy for a tunnel to")       \
    X(PROXY_TUNNEL, INFO, PROXY, "proxy.tunnel", "tunnel to")                                 \
    X(TLS_ROOTS, INFO, HANDSHAKE, "tls.roots", "roots")                                       \
    X(TLS_CERTIFICATE, INFO, HANDSHAKE, "tls.certificate", "certificate of")                  \
    X(TLS_CA_CERTIFICATE, TRACE, HANDSHAKE, "tls.ca_certificate", "certificate of the CA")    \
    X(TLS_VALID_FROM, TRACE, HANDSHAKE, "tls.valid_from", "valid from")                       \
    X(TLS_VALID_UNTIL, TRACE, HANDSHAKE, "tls.valid_until", "valid until")                    \
    X(TLS_KEY, TRACE, HANDSHAKE, "tls.key", "its key, bits")                                  \
    X(TLS_PIN, TRACE, HANDSHAKE, "tls.pin", "pin")                                            \
    X(TLS_STAPLE, INFO, HANDSHAKE, "tls.staple",                                              \
      "its CA confirms it by a stapled OCSP response until")                                  \
    X(TLS_STAPLE_IGNORED, INFO, HANDSHAKE, "tls.staple_ignored", "OCSP response ignored:")    \
    X(TLS_ERROR, TRACE, HANDSHAKE, "tls.error", "error of Mbed TLS, number")                  \
    X(TLS_VERSION, INFO, HANDSHAKE, "tls.version", "TLS version")                             \
    X(TLS_SUITE, INFO, HANDSHAKE, "tls.suite", "TLS suite")                                   \
    X(TLS_GROUP, INFO, HANDSHAKE, "tls.group", "TLS group")                                   \
    X(TLS_ALPN, INFO, HANDSHAKE, "tls.alpn", "ALPN")                                          \
    X(HTTP_REQUEST, INFO, SEND, "http.request", "request")                                    \
    X(HTTP_RESPONSE, INFO, RECEIVE, "http.response", "response")                              \
    X(HTTP_DATE, TRACE, RECEIVE, "http.date", "date")                                         \
    X(HTTP_SURPLUS, WARN, RECEIVE, "http.surplus", "response: bytes after its end, ignored:") \
    X(RETRY_REASON, INFO, WAIT, "retry.reason", "failed:")                                    \
    X(RETRY_WAIT, INFO, WAIT, "retry.wait_ms", "trying again after milliseconds:")

#endif
