#include "client/redis.h"

#include "base/deadline.h"
#include "base/error.h"
#include "base/secret.h"
#include "os/clock.h"
#include "resp/command.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- the connection -------------------------------------------------------------------------- */

int redis_connect_socket(span path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path.size >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path.data, path.size);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        int number = errno;
        close(fd);
        errno = number;
        return -1;
    }
    return fd;
}

/* Until the descriptor is ready, `until` or the deadline. */
static void redis_wait(const struct redis *redis, int fd, enum net_progress want, int64_t until) {
    struct pollfd ready = {.fd = want == NET_WANT_TIME ? -1 : fd,
                           .events = want == NET_WANT_WRITE ? POLLOUT : POLLIN};
    int64_t end = until < redis->deadline ? until : redis->deadline;
    poll(&ready, 1, deadline_left(end, clock_monotonic_ms(), INT_MAX));
}

static bool redis_dial(struct redis *redis, pinetoken_error *error) {
    struct attempt *attempt = &redis->attempt;
    const struct redis_server *server = redis->server;
    redis->destination = (struct destination){
        .url = {.host = server->url.host, .port = server->url.port},
        .is_plain = !server->url.is_tls,
    };
    attempt_start(attempt, server->settings, server->log, &redis->destination, NULL);
    attempt_step(attempt, clock_monotonic_ms());
    while (attempt->state != ATTEMPT_CONNECTED && attempt->state != ATTEMPT_FAILED) {
        redis_wait(redis, attempt->fd_waiting, attempt->waiting, attempt->wake_at);
        attempt_step(attempt, clock_monotonic_ms());
        if (clock_monotonic_ms() >= redis->deadline && attempt->state != ATTEMPT_CONNECTED &&
            attempt->state != ATTEMPT_FAILED) {
            attempt_time_out(attempt);
        }
    }
    redis->fd = attempt->fd;
    redis->tls = attempt->tls;
    *error = attempt->error;
    return attempt->state == ATTEMPT_CONNECTED;
}

/* ---- transfers ------------------------------------------------------------------------------- */

/* "cache server HOST:PORT: ", or with the path of its socket. */
static void redis_begin_error(const struct redis *redis, pinetoken_status status,
                              pinetoken_error *error) {
    const struct redis_url *url = &redis->server->url;
    const struct net_peer peer = {.host = url->host, .port = url->port};
    error_begin(error, status, "cache server ");
    if (url->socket.size > 0) {
        error_add_quoted(error, url->socket);
    } else {
        net_add_peer(error, &peer);
    }
    error_add(error, ": ");
}

static bool redis_fail(const struct redis *redis, const char *why, bool is_transient,
                       pinetoken_error *error) {
    redis_begin_error(redis, PINETOKEN_NETWORK, error);
    error_add(error, why);
    error->transient = is_transient;
    return false;
}

/* What recv(2) or send(2) returned. */
static enum net_progress redis_judge(const struct redis *redis, ssize_t moved,
                                     enum net_progress want, size_t *size, pinetoken_error *error) {
    if (moved >= 0) {
        *size = (size_t)moved;
        return NET_DONE;
    }
    if (errno == EAGAIN || errno == EINTR) {
        return want;
    }
    redis_fail(redis, strerror(errno), true, error);
    return NET_FAILED;
}

static enum net_progress redis_send(struct redis *redis, span bytes, size_t *size,
                                    pinetoken_error *error) {
    if (redis->tls != NULL) {
        tls_begin_step(redis->tls);
        return tls_write(redis->tls, bytes, size, error);
    }
    return redis_judge(redis, send(redis->fd, bytes.data, bytes.size, MSG_NOSIGNAL), NET_WANT_WRITE,
                       size, error);
}

static enum net_progress redis_receive(struct redis *redis, size_t *size, pinetoken_error *error) {
    char *at = redis->input + redis->input_size;
    size_t room = sizeof redis->input - redis->input_size;
    if (redis->tls != NULL) {
        tls_begin_step(redis->tls);
        return tls_read(redis->tls, at, room, size, error);
    }
    return redis_judge(redis, recv(redis->fd, at, room, 0), NET_WANT_READ, size, error);
}

/* Whether to go on: the transfer has done something, or there is time to wait for it. */
static bool redis_go_on(const struct redis *redis, enum net_progress progress,
                        pinetoken_error *error) {
    if (progress == NET_DONE || progress == NET_FAILED) {
        return progress == NET_DONE;
    }
    if (clock_monotonic_ms() >= redis->deadline) {
        return redis_fail(redis, "no reply in time", redis->has_waited, error);
    }
    redis_wait(redis, redis->fd, progress, INT64_MAX);
    return true;
}

static bool redis_flush(struct redis *redis, pinetoken_error *error) {
    span rest = buffer_span(&redis->output);
    if (redis->output.overflow) {
        return redis_fail(redis, "the token is too long for it", false, error);
    }
    while (rest.size > 0) {
        size_t size = 0;
        if (!redis_go_on(redis, redis_send(redis, rest, &size, error), error)) {
            return false;
        }
        rest = span_cut(rest, size, rest.size);
    }
    /* The password may be among them. */
    secret_wipe(redis->commands, redis->output.size);
    buffer_init(&redis->output, redis->commands, sizeof redis->commands);
    return true;
}

static bool redis_receive_more(struct redis *redis, pinetoken_error *error) {
    size_t size = 0;
    enum net_progress progress = redis_receive(redis, &size, error);
    if (progress == NET_DONE && size == 0) {
        return redis_fail(redis, "it closed the connection", true, error);
    }
    redis->input_size += size;
    return redis_go_on(redis, progress, error);
}

void redis_add(struct redis *redis, const char *commands) {
    resp_write_commands(&redis->output, commands, redis->values);
}

/* An error of the server's is a reply, too. */
static bool redis_read_any(struct redis *redis, struct resp_reply *reply, pinetoken_error *error) {
    struct resp_parser parser = {.at = 0};
    redis->input_size -= redis->reply_size;
    memmove(redis->input, redis->input + redis->reply_size, redis->input_size);
    redis->reply_size = 0;
    if (!redis_flush(redis, error)) {
        return false;
    }
    enum resp_progress progress = RESP_MORE;
    while ((progress = resp_parse(&parser, (span){redis->input, redis->input_size}, reply)) ==
               RESP_MORE &&
           redis->input_size < sizeof redis->input) {
        if (!redis_receive_more(redis, error)) {
            return false;
        }
    }
    redis->reply_size = parser.at;
    return progress == RESP_DONE ||
           redis_fail(redis, "its reply is not one of Redis, or is too long", false, error);
}

/* ---- errors of the server's ------------------------------------------------------------------ */

static bool redis_check(const struct redis *redis, const struct resp_reply *reply,
                        pinetoken_error *error) {
    if (reply->kind != RESP_ERROR) {
        return true;
    }
    redis_begin_error(redis, PINETOKEN_LOCAL, error);
    error_add(error, "it replied ");
    error_add_quoted(error, reply->text);
    error->transient = span_starts(reply->text, SPAN("LOADING "));
    if (span_starts(reply->text, SPAN("MOVED ")) || span_starts(reply->text, SPAN("ASK "))) {
        return error_advise(error, "it is a node of a cluster: name the one that has the key");
    }
    bool is_denied = span_starts(reply->text, SPAN("NOAUTH ")) ||
                     span_starts(reply->text, SPAN("NOPERM ")) ||
                     span_starts(reply->text, SPAN("WRONGPASS "));
    return error_advise(
        error, is_denied ? "check the user in the URL, its rights and --cache-password-file" : "");
}

bool redis_read(struct redis *redis, struct resp_reply *reply, pinetoken_error *error) {
    return redis_read_any(redis, reply, error) && redis_check(redis, reply, error);
}

/* ---- the start of the conversation ----------------------------------------------------------- */

/* RESP3 with or without a password. Servers before Redis 6 know neither HELLO nor users, others
 * that speak its protocol not RESP3 (NOPROTO). */
static bool redis_authenticate(struct redis *redis, pinetoken_error *error) {
    struct resp_reply reply;
    bool has_password = redis->values[REDIS_PASSWORD].size > 0;
    redis_add(redis, has_password ? "HELLO 3 AUTH %g %h" : "HELLO 3");
    if (!redis_read_any(redis, &reply, error)) {
        return false;
    }
    if (reply.kind != RESP_ERROR ||
        (!span_starts(reply.text, SPAN("ERR ")) && !span_starts(reply.text, SPAN("NOPROTO ")))) {
        return redis_check(redis, &reply, error);
    }
    if (!has_password) {
        return true;
    }
    bool is_default = span_equal(redis->values[REDIS_USER], SPAN("default"));
    redis_add(redis, is_default ? "AUTH %h" : "AUTH %g %h");
    return redis_read(redis, &reply, error);
}

static bool redis_begin(struct redis *redis, pinetoken_error *error) {
    const struct redis_server *server = redis->server;
    const pinetoken_config *values = &server->settings->values;
    struct resp_reply reply;
    span *password = &redis->values[REDIS_PASSWORD];
    redis->values[REDIS_USER] = server->url.user;
    redis->values[REDIS_DATABASE] = server->url.database;
    if (values->cache_password != NULL && !values->cache_password(values->user, password)) {
        return error_set(error, PINETOKEN_CREDENTIALS, "cache password: missing", "");
    }
    if (!redis_authenticate(redis, error)) {
        return false;
    }
    if (span_equal(server->url.database, SPAN("0"))) {
        return true;
    }
    redis_add(redis, "SELECT %i");
    return redis_read(redis, &reply, error);
}

static void redis_start_time(struct redis *redis) {
    redis->deadline = deadline_after(clock_monotonic_ms(), redis->time_ms);
}

void redis_restart_time(struct redis *redis) {
    redis_start_time(redis);
    redis->has_waited = true;
}

bool redis_open(struct redis *redis, const struct redis_server *server, int fd, int64_t time_ms,
                pinetoken_error *error) {
    memset(redis, 0, offsetof(struct redis, input));
    redis->server = server;
    redis->fd = fd;
    redis->time_ms = time_ms;
    redis_start_time(redis);
    buffer_init(&redis->output, redis->commands, sizeof redis->commands);
    if (fd < 0 && !redis_dial(redis, error)) {
        return false;
    }
    redis_start_time(redis);
    return redis_begin(redis, error);
}

void redis_close(struct redis *redis) {
    attempt_free(&redis->attempt);
    secret_wipe(redis, sizeof *redis);
}
