#include "client/attempt.h"

#include "base/assert.h"
#include "base/buffer.h"
#include "base/deadline.h"
#include "base/error.h"
#include "client/attempt_resolve.h"
#include "os/random.h"

#include <string.h>
#include <unistd.h>

/* The longest line that is logged; a longer target is cut. */
#define ATTEMPT_REQUEST_LINE_MAX 512u

/* How often a kernel without randomness is asked again. */
#define ATTEMPT_RANDOM_POLL_MS 50

/* Frees everything of the network; the transaction stays, for it holds the token. */
static void attempt_disconnect(struct attempt *attempt) {
    tls_free(attempt->tls);
    attempt->tls = NULL;
    tunnel_free(attempt->tunnel);
    attempt->tunnel = NULL;
    dial_free(&attempt->dial);
    attempt_stop_resolving(attempt);
    roots_free(&attempt->roots);
    if (attempt->fd >= 0) {
        close(attempt->fd);
        attempt->fd = -1;
    }
}

static void attempt_fail(struct attempt *attempt) {
    attempt->error.phase = attempt_state_phase(attempt->state);
    attempt->state = ATTEMPT_FAILED;
    attempt_disconnect(attempt);
}

void attempt_start(struct attempt *attempt, const struct settings *settings, const struct log *log,
                   const struct destination *destination, struct transaction *transaction) {
    *attempt = (struct attempt){.state = ATTEMPT_RESOLVE,
                                .settings = settings,
                                .log = log,
                                .destination = destination,
                                .transaction = transaction,
                                .fd = -1};
    const struct net_peer peer = settings_peer(settings, destination);
    const struct net_peer origin = settings_origin(destination);
    dial_init(&attempt->dial, &peer, destination->by_proxy, &attempt->addresses);
    error_clear(&attempt->error);
    if (!attempt_start_resolving(attempt, attempt_needs_target(attempt) ? &origin : &peer)) {
        attempt_fail(attempt);
    }
}

/* ---- one function per state: NET_DONE once the next state is set ----------------------------- */

static enum net_progress attempt_resolve(struct attempt *attempt, int64_t now) {
    assert(attempt->state == ATTEMPT_RESOLVE);
    attempt_look_up(attempt, now);
    if (attempt->addresses.count == 0) {
        return attempt->resolve != NULL ? NET_WANT_READ : NET_FAILED;
    }
    if (attempt_needs_target(attempt)) {
        return attempt_take_target(attempt);
    }
    attempt->state = ATTEMPT_DIAL;
    attempt->connect_deadline = deadline_after(now, attempt->settings->values.connect_timeout_ms);
    return NET_DONE;
}

static enum net_progress attempt_open_tunnel(struct attempt *attempt) {
    struct net_peer origin = settings_origin(attempt->destination);
    if (attempt->target[0] != '\0') {
        origin.host = span_text(attempt->target);
    }
    attempt->state = ATTEMPT_PROXY;
    log_event(attempt->log, EVENT_PROXY_REQUEST, origin.host, origin.port);
    attempt->tunnel = tunnel_new(attempt->fd, &attempt->settings->proxy, &origin, &attempt->error);
    return attempt->tunnel != NULL ? NET_DONE : NET_FAILED;
}

/* Before the proxy is asked, for this is the last file that is opened: client_on_connected. */
static bool attempt_load_roots(struct attempt *attempt) {
    const pinetoken_config *values = &attempt->settings->values;
    return roots_load(&attempt->roots, values->roots, values->ca_file, values->system_ca_file,
                      &attempt->error);
}

static void attempt_call_connected(const struct attempt *attempt) {
    if (attempt->settings->connected != NULL) {
        attempt->settings->connected(attempt->settings->values.user);
    }
}

static enum net_progress attempt_dial(struct attempt *attempt, int64_t now) {
    assert(attempt->state == ATTEMPT_DIAL);
    struct dial *dial = &attempt->dial;
    attempt_look_up(attempt, now);
    dial->more = attempt->resolve != NULL ? resolve_descriptor(attempt->resolve) : -1;
    enum net_progress progress = dial_step(dial, now, attempt->log, &attempt->error);
    attempt->fd_waiting = dial->epoll;
    attempt->wake_at = dial->wake_at < attempt->wake_at ? dial->wake_at : attempt->wake_at;
    if (progress != NET_DONE) {
        return progress;
    }
    attempt->fd = dial_take(dial);
    dial_free(dial);
    attempt_stop_resolving(attempt);
    if (attempt->destination->is_plain) {
        attempt_call_connected(attempt);
    }
    attempt->state = attempt->destination->is_plain ? ATTEMPT_CONNECTED : ATTEMPT_RANDOM;
    return NET_DONE;
}

static enum net_progress attempt_start_tls(struct attempt *attempt) {
    const struct tls_peer peer = {
        .address = settings_origin(attempt->destination),
        .roots = &attempt->roots,
        .pins = attempt->settings->values.pins,
        .is_http = attempt->transaction != NULL,
    };
    attempt->state = ATTEMPT_HANDSHAKE;
    log_event(attempt->log, EVENT_TLS_ROOTS, span_text(attempt->roots.origin), -1);
    attempt->tls = tls_new(attempt->fd, &peer, attempt->log, &attempt->error);
    return attempt->tls != NULL ? NET_DONE : NET_FAILED;
}

static enum net_progress attempt_proxy(struct attempt *attempt) {
    assert(attempt->state == ATTEMPT_PROXY);
    enum net_progress progress = tunnel_step(attempt->tunnel, &attempt->error);
    if (progress == NET_DONE) {
        tunnel_free(attempt->tunnel);
        attempt->tunnel = NULL;
        log_event(attempt->log, EVENT_PROXY_TUNNEL, attempt->destination->url.host, -1);
        return attempt_start_tls(attempt);
    }
    return progress;
}

/* Whether there is any: a container may have neither the call nor the file. */
static bool attempt_has_random(struct attempt *attempt) {
    unsigned char byte = 0;
    attempt->state = ATTEMPT_HANDSHAKE;
    return random_fill(&byte, sizeof byte) ||
           error_set(&attempt->error, PINETOKEN_TLS,
                     "randomness: getrandom(2) is missing or denied, and /dev/urandom gives none",
                     "allow getrandom in the sandbox around pinetoken, or mount /dev/urandom");
}

static enum net_progress attempt_random(struct attempt *attempt, int64_t now) {
    assert(attempt->state == ATTEMPT_RANDOM);
    if (!random_is_ready()) {
        attempt->wake_at = deadline_after(now, ATTEMPT_RANDOM_POLL_MS);
        /* This time is not the connection's. */
        attempt->connect_deadline =
            deadline_after(now, attempt->settings->values.connect_timeout_ms);
        return NET_WANT_TIME;
    }
    if (!attempt_has_random(attempt) || !attempt_load_roots(attempt)) {
        return NET_FAILED;
    }
    attempt_call_connected(attempt);
    return attempt->destination->by_proxy ? attempt_open_tunnel(attempt)
                                          : attempt_start_tls(attempt);
}

/* "POST /oauth/token" */
static void attempt_log_request(const struct attempt *attempt) {
    char line[ATTEMPT_REQUEST_LINE_MAX];
    struct buffer out;
    buffer_init(&out, line, sizeof line);
    buffer_append_text(&out, attempt->transaction->method);
    buffer_append_byte(&out, ' ');
    buffer_append_cut(&out, attempt->destination->url.target);
    log_event(attempt->log, EVENT_HTTP_REQUEST, buffer_span(&out), -1);
}

static enum net_progress attempt_handshake(struct attempt *attempt) {
    assert(attempt->state == ATTEMPT_HANDSHAKE);
    enum net_progress progress = tls_handshake(attempt->tls, &attempt->error);
    if (progress == NET_DONE && attempt->transaction == NULL) {
        attempt->state = ATTEMPT_CONNECTED;
    } else if (progress == NET_DONE) {
        attempt->state = ATTEMPT_SEND;
        attempt_log_request(attempt);
    }
    return progress;
}

/* The socket takes no more of the request for now. A server that refuses the request may read none
 * of the rest, and respond long before the deadline (RFC 9112 9.5). NET_DONE: nothing more is sent.
 */
static enum net_progress attempt_listen(struct attempt *attempt) {
    size_t size = 1;
    while (attempt->early_size < sizeof attempt->early && size > 0) {
        enum net_progress progress =
            tls_read(attempt->tls, attempt->early + attempt->early_size,
                     sizeof attempt->early - attempt->early_size, &size, &attempt->error);
        if (progress != NET_DONE) {
            return progress == NET_FAILED ? NET_FAILED : NET_WANT_WRITE;
        }
        attempt->early_size += size;
    }
    /* The rest of the request may still belong to what is no refusal, 100 or 200. */
    return size == 0 || attempt->early[sizeof attempt->early - 1] >= '3' ? NET_DONE
                                                                         : NET_WANT_WRITE;
}

static enum net_progress attempt_send(struct attempt *attempt) {
    assert(attempt->state == ATTEMPT_SEND);
    struct transaction *transaction = attempt->transaction;
    while (transaction->state == PINETOKEN_WANT_SEND) {
        size_t size = 0;
        enum net_progress progress =
            tls_write(attempt->tls, transaction_output(transaction), &size, &attempt->error);
        progress = progress == NET_WANT_WRITE ? attempt_listen(attempt) : progress;
        if (progress != NET_DONE) {
            return progress;
        }
        if (size > 0 && tls_is_heard(attempt->tls)) {
            transaction_sent(transaction, size);
        } else {
            /* A server may respond before it has read the request: a 401, a 413. */
            transaction_stop_sending(transaction);
        }
    }
    attempt->state = ATTEMPT_RECEIVE;
    return NET_DONE;
}

static enum net_progress attempt_receive_once(struct attempt *attempt) {
    size_t capacity = 0;
    size_t size = attempt->early_size;
    char *input = transaction_input(attempt->transaction, &capacity);
    enum net_progress progress = NET_DONE;
    memcpy(input, attempt->early, size);
    attempt->early_size = 0;
    if (size == 0) {
        progress = tls_read(attempt->tls, input, capacity, &size, &attempt->error);
    }
    if (progress != NET_DONE) {
        return progress;
    }
    if (size > 0) {
        transaction_received(attempt->transaction, size);
    } else {
        transaction_closed(attempt->transaction, tls_ended_well(attempt->tls));
    }
    return NET_DONE;
}

/* Sending may have failed, too: what the request's body comes from. */
static enum net_progress attempt_finish(struct attempt *attempt) {
    tls_close(attempt->tls);
    if (attempt->transaction->state == PINETOKEN_FAILED) {
        attempt->error = attempt->transaction->error;
        return NET_FAILED;
    }
    attempt_disconnect(attempt);
    attempt->state = ATTEMPT_DONE;
    return NET_DONE;
}

static enum net_progress attempt_receive(struct attempt *attempt) {
    assert(attempt->state == ATTEMPT_RECEIVE);
    while (attempt->transaction->state == PINETOKEN_WANT_RECEIVE) {
        enum net_progress progress = attempt_receive_once(attempt);
        if (progress != NET_DONE) {
            return progress;
        }
    }
    return attempt_finish(attempt);
}

static enum net_progress attempt_step_once(struct attempt *attempt, int64_t now) {
    attempt->wake_at = INT64_MAX;
    attempt->fd_waiting = attempt->fd;
    switch (attempt->state) {
        case ATTEMPT_RESOLVE: return attempt_resolve(attempt, now);
        case ATTEMPT_DIAL: return attempt_dial(attempt, now);
        case ATTEMPT_PROXY: return attempt_proxy(attempt);
        case ATTEMPT_RANDOM: return attempt_random(attempt, now);
        case ATTEMPT_HANDSHAKE: return attempt_handshake(attempt);
        case ATTEMPT_SEND: return attempt_send(attempt);
        case ATTEMPT_RECEIVE: return attempt_receive(attempt);
        case ATTEMPT_IDLE:
        case ATTEMPT_CONNECTED:
        case ATTEMPT_DONE:
        case ATTEMPT_FAILED: break;
    }
    return NET_DONE;
}

static bool attempt_is_connecting(enum attempt_state state) {
    return state == ATTEMPT_DIAL || state == ATTEMPT_PROXY || state == ATTEMPT_HANDSHAKE;
}

/* What the time ran out in, and with whom. */
static void attempt_set_timeout(struct attempt *attempt, pinetoken_status status,
                                const char *what) {
    const enum attempt_state state = attempt->state;
    const struct destination *destination = attempt->destination;
    bool is_before_proxy = state == ATTEMPT_DIAL || state == ATTEMPT_PROXY ||
                           (state == ATTEMPT_RESOLVE && !attempt_needs_target(attempt));
    const struct net_peer peer = is_before_proxy ? settings_peer(attempt->settings, destination)
                                                 : settings_origin(destination);
    error_begin(&attempt->error, status, what);
    error_add(&attempt->error, attempt_state_activity(state));
    net_add_peer(&attempt->error, &peer);
    error_advise(&attempt->error, attempt_state_advice(state));
}

/* Another address of the server, or the same one a little later, may do better. */
static void attempt_time_out_connection(struct attempt *attempt) {
    attempt_set_timeout(attempt, PINETOKEN_NETWORK, "connection: the time for one ran out in ");
    attempt->error.transient = true;
    attempt_fail(attempt);
}

void attempt_step(struct attempt *attempt, int64_t now) {
    enum net_progress progress = NET_DONE;
    if (attempt->tls != NULL) {
        tls_begin_step(attempt->tls);
    }
    while (progress == NET_DONE && attempt_state_phase(attempt->state) != PINETOKEN_PHASE_NONE) {
        progress = attempt_step_once(attempt, now);
    }
    if (progress == NET_FAILED) {
        attempt_fail(attempt);
        return;
    }
    attempt->waiting = progress;
    if (attempt->tls != NULL && tls_step_is_over(attempt->tls)) {
        attempt->wake_at = now;
    }
    if (attempt_is_connecting(attempt->state)) {
        if (now >= attempt->connect_deadline) {
            attempt_time_out_connection(attempt);
        } else if (attempt->connect_deadline < attempt->wake_at) {
            attempt->wake_at = attempt->connect_deadline;
        }
    }
}

void attempt_time_out(struct attempt *attempt) {
    attempt_set_timeout(attempt, PINETOKEN_TIMEOUT, "timeout: the time ran out in ");
    if (attempt->state == ATTEMPT_RESOLVE && attempt->resolve != NULL) {
        resolve_add_servers(attempt->resolve, &attempt->error);
    }
    attempt_fail(attempt);
}

void attempt_free(struct attempt *attempt) {
    if (attempt->state != ATTEMPT_IDLE) {
        attempt_disconnect(attempt);
        attempt->state = ATTEMPT_IDLE;
    }
}
