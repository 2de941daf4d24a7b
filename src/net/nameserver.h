/* One server of the DNS: queries to it over UDP, or over TCP if the reply was truncated. Nothing
 * here blocks. */
#ifndef NET_NAMESERVER_H
#define NET_NAMESERVER_H

#include "dns/message.h"
#include "net/address.h"

/* Types of addresses that are asked for, each by itself: A and AAAA. */
#define NAMESERVER_TYPES 2u
/* The largest reply that is read: a larger one has more addresses than are tried. */
#define NAMESERVER_REPLY_MAX 4096u

struct nameserver {
    union address address;
    span scope; /* interface of an address like fe80::1%eth0, borrowed; empty: none */
    int fd;     /* UDP, connected: no other host's replies come in; -1: not open */
    int number; /* errno of what failed last; 0: nothing did */
    enum dns_reply said[NAMESERVER_TYPES];
};

/* A query by TCP. */
struct nameserver_stream {
    int fd; /* -1: none */
    size_t server;
    bool is_sent;
    size_t received;
    char data[2 + NAMESERVER_REPLY_MAX]; /* with the size in front (RFC 1035 4.2.2) */
};

/* As it stands in resolv.conf. False: not an address. */
PINETOKEN_MUST_USE bool nameserver_parse(span text, struct nameserver *server);
/* Its socket, watched by `epoll`; if there is none, server->number says why. */
void nameserver_open(struct nameserver *server, int epoll);
void nameserver_close(struct nameserver *server);
void nameserver_ask(struct nameserver *server, span query);
/* The next datagram. False: there is none now; server->number says whether there will be. */
PINETOKEN_MUST_USE bool nameserver_receive(struct nameserver *server, char *data, size_t capacity,
                                           span *reply);
/* The address as text at the end of the message. */
void nameserver_add(const struct nameserver *server, pinetoken_error *error);

/* Starts to connect to the server `index`. False: it cannot. */
PINETOKEN_MUST_USE bool nameserver_stream_open(struct nameserver_stream *stream,
                                               const struct nameserver *server, size_t index,
                                               int epoll);
void nameserver_stream_close(struct nameserver_stream *stream);
/* False: it goes on. True: with the reply, which may be cut at NAMESERVER_REPLY_MAX; or, if the
 * stream failed, without one. */
PINETOKEN_MUST_USE bool nameserver_stream_step(struct nameserver_stream *stream, span query,
                                               int epoll, span *reply);

#endif
