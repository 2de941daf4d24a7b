#include "client/attempt.h"

#include "base/buffer.h"
#include "base/deadline.h"
#include "base/error.h"
#include "base/secret.h"
#include "net/resolve_override.h"
#include "os/random.h"

#include <unistd.h>

/* Of what is logged; a longer target is cut. */
#define REQUEST_LINE_MAX 512u

/* How often a kernel without randomness is asked again. */
#define RANDOM_POLL_MS 50

static pinetoken_phase phase_of(enum attempt_state state) {
    switch (state) {
        case ATTEMPT_RESOLVE: return PINETOKEN_PHASE_RESOLVE;
        case ATTEMPT_DIAL: return PINETOKEN_PHASE_DIAL;
        case ATTEMPT_PROXY: return PINETOKEN_PHASE_PROXY;
        case ATTEMPT_RANDOM:
        case ATTEMPT_HANDSHAKE: return PINETOKEN_PHASE_HANDSHAKE;
        case ATTEMPT_SEND: return PINETOKEN_PHASE_SEND;
        case ATTEMPT_RECEIVE: return PINETOKEN_PHASE_RECEIVE;
        case ATTEMPT_IDLE:
        case ATTEMPT_DONE:
        case ATTEMPT_FAILED: break;
    }
    return PINETOKEN_PHASE_NONE;
}

/* Everything of the network goes; the exchange stays, for it holds the token. */
static void disconnect(struct attempt *attempt) {
    tls_free(attempt->tls);
    attempt->tls = NULL;
    tunnel_free(attempt->tunnel);
    attempt->tunnel = NULL;
    dial_free(&attempt->dial);
    resolve_free(attempt->resolve);
    attempt->resolve = NULL;
    roots_free(&attempt->roots);
    if (attempt->fd >= 0) {
        close(attempt->fd);
        attempt->fd = -1;
    }
}

static void wipe_exchange(struct attempt *attempt) {
    if (attempt->call != NULL) {
        attempt->is_consumed = attempt->call->is_consumed;
        secret_wipe(attempt->call, sizeof *attempt->call);
        attempt->call = NULL;
    } else if (attempt->exchange != NULL) {
        pinetoken_exchange_wipe(attempt->exchange);
        attempt->exchange = NULL;
    }
}

/* ---- what is exchanged: a token's request and answer, or a call's ---------------------------- */

_Static_assert(sizeof(struct call) <= PINETOKEN_EXCHANGE_SIZE, "it takes the exchange's place");

static bool write_request(struct attempt *attempt, const pinetoken_call *request, bool may_refuse) {
    const struct config *config = attempt->config;
    if (request == NULL) {
        attempt->exchange =
            pinetoken_exchange_init(&attempt->storage, &config->values, &attempt->error);
        return attempt->exchange != NULL;
    }
    attempt->call = (struct call *)(void *)&attempt->storage;
    if (!call_init(attempt->call, &config->values, &config->url, request, &attempt->error)) {
        return false;
    }
    attempt->call->may_refuse = may_refuse;
    return true;
}

static pinetoken_want want_of(const struct attempt *attempt) {
    return attempt->call != NULL ? attempt->call->state
                                 : pinetoken_exchange_state(attempt->exchange);
}

static span output_of(const struct attempt *attempt) {
    return attempt->call != NULL ? call_output(attempt->call)
                                 : pinetoken_exchange_output(attempt->exchange);
}

static void note_sent(struct attempt *attempt, size_t size) {
    if (attempt->call != NULL) {
        call_sent(attempt->call, size);
    } else {
        pinetoken_exchange_sent(attempt->exchange, size);
    }
}

static char *input_of(struct attempt *attempt, size_t *capacity) {
    return attempt->call != NULL ? call_input(attempt->call, capacity)
                                 : pinetoken_exchange_input(attempt->exchange, capacity);
}

/* 0 bytes: the peer's side has ended. */
static void note_received(struct attempt *attempt, size_t size) {
    bool ended_well = tls_ended_well(attempt->tls);
    if (attempt->call != NULL && size > 0) {
        call_received(attempt->call, size);
    } else if (attempt->call != NULL) {
        call_closed(attempt->call, ended_well);
    } else if (size > 0) {
        pinetoken_exchange_received(attempt->exchange, size);
    } else {
        pinetoken_exchange_closed(attempt->exchange, ended_well);
    }
}

static void take_failure(struct attempt *attempt) {
    if (attempt->call != NULL) {
        attempt->error = attempt->call->error;
    } else {
        pinetoken_exchange_failure(attempt->exchange, &attempt->error);
    }
}

static void fail(struct attempt *attempt) {
    attempt->error.phase = phase_of(attempt->state);
    attempt->state = ATTEMPT_FAILED;
    disconnect(attempt);
    wipe_exchange(attempt);
}

/* Where to connect to: the issuer, or the proxy before it. */
static struct net_peer place_of(const struct config *config) {
    return config->has_proxy ? (struct net_peer){config->proxy.host, config->proxy.port}
                             : (struct net_peer){config->url.host, config->url.port};
}

static void log_addresses(const struct attempt *attempt) {
    for (size_t i = 0; i < attempt->addresses.count; i++) {
        char text[INET6_ADDRSTRLEN];
        address_text(&attempt->addresses.list[i], text);
        log_event(attempt->log, EVENT_DNS_ADDRESS, span_text(text), -1);
    }
}

static bool start_resolving(struct attempt *attempt) {
    const pinetoken_config *values = &attempt->config->values;
    struct net_peer place = place_of(attempt->config);
    if (resolve_override_find(values->resolve, place.host, place.port, values->family,
                              &attempt->addresses)) {
        log_event(attempt->log, EVENT_DNS_OVERRIDE, place.host, -1);
        log_addresses(attempt);
        return attempt->addresses.count > 0 ||
               error_set(
                   &attempt->error, PINETOKEN_NETWORK,
                   "resolver: the addresses given by hand are of another family than was asked for",
                   "");
    }
    log_event(attempt->log, EVENT_DNS_LOOKUP, place.host, -1);
    attempt->resolve = resolve_start(place.host, place.port, values->family, &attempt->error);
    return attempt->resolve != NULL;
}

void attempt_start(struct attempt *attempt, const struct config *config, const struct log *log,
                   const pinetoken_call *request, bool may_refuse) {
    *attempt = (struct attempt){.config = config, .log = log, .fd = -1};
    struct net_peer place = place_of(config);
    dial_init(&attempt->dial, &place, config->has_proxy, &attempt->addresses);
    error_clear(&attempt->error);
    if (!write_request(attempt, request, may_refuse)) {
        fail(attempt);
        return;
    }
    attempt->state = ATTEMPT_RESOLVE;
    if (!start_resolving(attempt)) {
        fail(attempt);
    }
}

/* ---- one function a state: NET_DONE once the next state is set ------------------------------- */

static enum net_progress do_resolve(struct attempt *attempt, int64_t now) {
    enum net_progress progress = NET_DONE;
    if (attempt->resolve != NULL) {
        progress = resolve_finish(attempt->resolve, &attempt->addresses, &attempt->error);
        attempt->fd_waiting = resolve_descriptor(attempt->resolve);
        if (progress == NET_DONE) {
            log_addresses(attempt);
        }
    }
    if (progress == NET_DONE) {
        resolve_free(attempt->resolve);
        attempt->resolve = NULL;
        attempt->state = ATTEMPT_DIAL;
        attempt->connect_deadline = deadline_after(now, attempt->config->values.connect_timeout_ms);
    }
    return progress;
}

static bool load_roots(struct attempt *attempt) {
    const pinetoken_config *values = &attempt->config->values;
    if (!roots_load(&attempt->roots, values->roots, values->ca_file, values->system_ca_file,
                    &attempt->error)) {
        return false;
    }
    log_event(attempt->log, EVENT_TLS_ROOTS, span_text(attempt->roots.origin), -1);
    return true;
}

static enum net_progress do_dial(struct attempt *attempt, int64_t now) {
    const struct config *config = attempt->config;
    enum net_progress progress = dial_step(&attempt->dial, now, attempt->log, &attempt->error);
    attempt->fd_waiting = attempt->dial.epoll;
    attempt->wake_at = attempt->dial.next_at;
    if (progress != NET_DONE) {
        return progress;
    }
    attempt->fd = dial_take(&attempt->dial);
    dial_free(&attempt->dial);
    if (!load_roots(attempt)) {
        attempt->state = ATTEMPT_HANDSHAKE;
        return NET_FAILED;
    }
    if (config->connected != NULL) {
        config->connected(config->values.user);
    }
    if (!config->has_proxy) {
        attempt->state = ATTEMPT_RANDOM;
        return NET_DONE;
    }
    attempt->state = ATTEMPT_PROXY;
    log_event(attempt->log, EVENT_PROXY_REQUEST, config->url.host, config->url.port);
    attempt->tunnel = tunnel_new(attempt->fd, &config->proxy, &config->url, &attempt->error);
    return attempt->tunnel != NULL ? NET_DONE : NET_FAILED;
}

static enum net_progress do_proxy(struct attempt *attempt) {
    enum net_progress progress = tunnel_step(attempt->tunnel, &attempt->error);
    if (progress == NET_DONE) {
        tunnel_free(attempt->tunnel);
        attempt->tunnel = NULL;
        attempt->state = ATTEMPT_RANDOM;
        log_event(attempt->log, EVENT_PROXY_TUNNEL, attempt->config->url.host, -1);
    }
    return progress;
}

static enum net_progress do_random(struct attempt *attempt, int64_t now) {
    const pinetoken_config *values = &attempt->config->values;
    if (!random_is_ready()) {
        attempt->wake_at = deadline_after(now, RANDOM_POLL_MS);
        /* Not the connection's fault. */
        attempt->connect_deadline = deadline_after(now, values->connect_timeout_ms);
        return NET_WANT_TIME;
    }
    attempt->state = ATTEMPT_HANDSHAKE;
    const struct tls_peer peer = {
        .address = {attempt->config->url.host, attempt->config->url.port},
        .roots = &attempt->roots,
        .pins = values->pins,
    };
    attempt->tls = tls_new(attempt->fd, &peer, attempt->log, &attempt->error);
    return attempt->tls != NULL ? NET_DONE : NET_FAILED;
}

/* "POST /oauth/token" */
static void log_request(const struct attempt *attempt) {
    char line[REQUEST_LINE_MAX];
    struct buffer out;
    buffer_init(&out, line, sizeof line);
    buffer_append_text(&out, attempt->call != NULL ? attempt->call->request->method : "POST");
    buffer_append_byte(&out, ' ');
    buffer_append_cut(&out, attempt->config->url.target);
    log_event(attempt->log, EVENT_HTTP_REQUEST, buffer_span(&out), -1);
}

static enum net_progress do_handshake(struct attempt *attempt) {
    enum net_progress progress = tls_handshake(attempt->tls, &attempt->error);
    if (progress == NET_DONE) {
        attempt->state = ATTEMPT_SEND;
        log_request(attempt);
    }
    return progress;
}

static enum net_progress do_send(struct attempt *attempt) {
    while (want_of(attempt) == PINETOKEN_WANT_SEND) {
        size_t size = 0;
        enum net_progress progress =
            tls_write(attempt->tls, output_of(attempt), &size, &attempt->error);
        if (progress != NET_DONE) {
            return progress;
        }
        note_sent(attempt, size);
    }
    attempt->state = ATTEMPT_RECEIVE;
    return NET_DONE;
}

static enum net_progress receive_once(struct attempt *attempt) {
    size_t capacity = 0;
    size_t size = 0;
    char *input = input_of(attempt, &capacity);
    enum net_progress progress = tls_read(attempt->tls, input, capacity, &size, &attempt->error);
    if (progress == NET_DONE) {
        note_received(attempt, size);
    }
    return progress;
}

static enum net_progress do_receive(struct attempt *attempt) {
    while (want_of(attempt) == PINETOKEN_WANT_RECEIVE) {
        enum net_progress progress = receive_once(attempt);
        if (progress != NET_DONE) {
            return progress;
        }
    }
    tls_close(attempt->tls);
    if (want_of(attempt) == PINETOKEN_FAILED) {
        take_failure(attempt);
        return NET_FAILED;
    }
    disconnect(attempt);
    attempt->state = ATTEMPT_DONE;
    return NET_DONE;
}

static enum net_progress step_once(struct attempt *attempt, int64_t now) {
    attempt->wake_at = INT64_MAX;
    attempt->fd_waiting = attempt->fd;
    switch (attempt->state) {
        case ATTEMPT_RESOLVE: return do_resolve(attempt, now);
        case ATTEMPT_DIAL: return do_dial(attempt, now);
        case ATTEMPT_PROXY: return do_proxy(attempt);
        case ATTEMPT_RANDOM: return do_random(attempt, now);
        case ATTEMPT_HANDSHAKE: return do_handshake(attempt);
        case ATTEMPT_SEND: return do_send(attempt);
        case ATTEMPT_RECEIVE: return do_receive(attempt);
        case ATTEMPT_IDLE:
        case ATTEMPT_DONE:
        case ATTEMPT_FAILED: break;
    }
    return NET_DONE;
}

static const char *attempt_activity(enum attempt_state state) {
    switch (state) {
        case ATTEMPT_RESOLVE: return "name resolution";
        case ATTEMPT_DIAL: return "the TCP connection";
        case ATTEMPT_PROXY: return "waiting for the proxy's response";
        case ATTEMPT_RANDOM: return "waiting for the kernel's randomness";
        case ATTEMPT_HANDSHAKE: return "the TLS handshake";
        case ATTEMPT_SEND: return "sending the request";
        case ATTEMPT_RECEIVE: return "waiting for the issuer's response";
        case ATTEMPT_IDLE:
        case ATTEMPT_DONE:
        case ATTEMPT_FAILED: break;
    }
    return "nothing";
}

static const char *attempt_advice(enum attempt_state state) {
    switch (state) {
        case ATTEMPT_RESOLVE: return "check /etc/resolv.conf, or give --resolve";
        case ATTEMPT_DIAL: return "check host, port, network and firewall";
        case ATTEMPT_PROXY: return "check host and port of --proxy";
        case ATTEMPT_RANDOM:
            return "the system has just started: give it a larger --timeout, or a source of "
                   "randomness";
        case ATTEMPT_HANDSHAKE:
            return "check host and port of --token-url, or give a larger --timeout";
        case ATTEMPT_SEND:
        case ATTEMPT_RECEIVE: return "give a larger --timeout";
        case ATTEMPT_IDLE:
        case ATTEMPT_DONE:
        case ATTEMPT_FAILED: break;
    }
    return "";
}

static bool is_connecting(enum attempt_state state) {
    return state == ATTEMPT_DIAL || state == ATTEMPT_PROXY || state == ATTEMPT_HANDSHAKE;
}

/* The issuer's other machines, or the same one in a moment, may do better. */
static void time_out_connection(struct attempt *attempt) {
    error_begin(&attempt->error, PINETOKEN_NETWORK, "connection: the time for one ran out in ");
    error_add(&attempt->error, attempt_activity(attempt->state));
    error_advise(&attempt->error, attempt_advice(attempt->state));
    attempt->error.transient = true;
    fail(attempt);
}

void attempt_step(struct attempt *attempt, int64_t now) {
    enum net_progress progress = NET_DONE;
    while (progress == NET_DONE && phase_of(attempt->state) != PINETOKEN_PHASE_NONE) {
        progress = step_once(attempt, now);
    }
    if (progress == NET_FAILED) {
        fail(attempt);
        return;
    }
    attempt->waiting = progress;
    if (is_connecting(attempt->state)) {
        if (now >= attempt->connect_deadline) {
            time_out_connection(attempt);
        } else if (attempt->connect_deadline < attempt->wake_at) {
            attempt->wake_at = attempt->connect_deadline;
        }
    }
}

void attempt_time_out(struct attempt *attempt) {
    error_begin(&attempt->error, PINETOKEN_TIMEOUT, "timeout: the time ran out in ");
    error_add(&attempt->error, attempt_activity(attempt->state));
    error_advise(&attempt->error, attempt_advice(attempt->state));
    fail(attempt);
}

void attempt_free(struct attempt *attempt) {
    if (attempt->state != ATTEMPT_IDLE) {
        disconnect(attempt);
        wipe_exchange(attempt);
        attempt->state = ATTEMPT_IDLE;
    }
}
