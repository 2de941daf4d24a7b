/* A conversation with Redis or Valkey over one connection, blocking until its deadline. */
#ifndef CLIENT_REDIS_H
#define CLIENT_REDIS_H

#include "base/buffer.h"
#include "cache/redis_url.h"
#include "client/attempt.h"
#include "resp/reply.h"

/* Which server, and how it is reached. All of it is borrowed. */
struct redis_server {
    struct redis_url url;
    const struct settings *settings; /* trust, route and password */
    const struct log *log;
};

/* Words of commands that are not the same each time: %a is the first (resp/command.h). */
enum redis_value {
    REDIS_TOKEN, /* names of keys */
    REDIS_LOCK,
    REDIS_FAILURE,
    REDIS_ID,
    REDIS_MS,
    REDIS_DATA,
    REDIS_USER, /* these three are set by redis_open */
    REDIS_PASSWORD,
    REDIS_DATABASE,
    REDIS_VALUES
};

struct redis {
    const struct redis_server *server;
    struct destination destination;
    struct attempt attempt;
    int fd;            /* the connection */
    struct tls *tls;   /* NULL: it is plain */
    int64_t time_ms;   /* time limit of the connection, and then of all replies */
    int64_t deadline;  /* deadline of the current step; monotonic */
    bool has_waited;   /* redis_restart_time */
    size_t reply_size; /* bytes of `input` that are a reply already read */
    size_t input_size;
    span values[REDIS_VALUES];
    struct buffer output; /* commands that are not sent yet */
    char input[LIMIT_REDIS_REPLY + LIMIT_REDIS_LINE];
    char commands[LIMIT_REDIS_REPLY + LIMIT_REDIS_LINE];
};

/* To a UNIX socket, without waiting; -1: errno says why. */
int redis_connect_socket(span path);
/* Connects, unless `fd`, which stays the caller's, is a connection already (-1: it is not), and
 * authenticates. False: NETWORK, TLS, TIMEOUT, LOCAL ... Either way, call redis_close. */
PINETOKEN_MUST_USE bool redis_open(struct redis *redis, const struct redis_server *server, int fd,
                                   int64_t time_ms, pinetoken_error *error);
void redis_close(struct redis *redis);
/* After a wait: the time for replies runs anew, and a server that is late may be asked again. */
void redis_restart_time(struct redis *redis);

/* Adds commands (resp/command.h) to those that redis_read sends first. */
void redis_add(struct redis *redis, const char *commands);
/* The reply to the next of them; its text is valid until the next call. False: LOCAL, if it is an
 * error of the server's. */
PINETOKEN_MUST_USE bool redis_read(struct redis *redis, struct resp_reply *reply,
                                   pinetoken_error *error);

#endif
