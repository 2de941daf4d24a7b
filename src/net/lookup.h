/* The questions for the addresses of one name, A and AAAA each by itself, to the servers of the
 * DNS. Nothing here blocks. */
#ifndef NET_LOOKUP_H
#define NET_LOOKUP_H

#include "net/nameserver.h"
#include "net/net.h"

/* Of one type. */
struct lookup_question {
    char data[DNS_QUERY_MAX];
    span query; /* in `data` */
    bool is_decided;
    struct dns_addresses found;
    size_t given_count; /* of them; the caller's */
    struct nameserver_stream stream;
};

/* All zeros has no server. */
struct lookup {
    int epoll;
    struct nameserver servers[LIMIT_DNS_SERVERS];
    size_t server_count;
    size_t asked_count;                                 /* of them */
    struct lookup_question questions[NAMESERVER_TYPES]; /* AAAA, A */
    size_t question_count;
    int64_t next_at;    /* when somebody is asked */
    int64_t give_up_at; /* 0: nobody was asked yet */
    int64_t usable_at;  /* when what one type has may be used; 0: nothing is there */
};

/* As it stands in resolv.conf; left out if it is not an address. */
void lookup_add_server(struct lookup *lookup, span text);
/* Ends what is in progress. False: it is not a name. */
PINETOKEN_MUST_USE bool lookup_begin(struct lookup *lookup, span name, pinetoken_family family);
/* NET_DONE: every question is decided, or nobody answers it. NET_WANT_READ: when `epoll` is
 * readable, or at lookup_wake_at. */
PINETOKEN_MUST_USE enum net_progress lookup_step(struct lookup *lookup, int64_t now);
/* What was found may be used, whether the other type is decided or not (RFC 8305 3). */
bool lookup_is_usable(const struct lookup *lookup, int64_t now);
int64_t lookup_wake_at(const struct lookup *lookup, int64_t now);
/* Every question is, if only by "no address". */
bool lookup_is_decided(const struct lookup *lookup);
/* What a server said that was asked; of two replies, the one that is at fault. */
enum dns_reply lookup_said(const struct lookup *lookup, size_t server);
/* Closes what is open. */
void lookup_stop(struct lookup *lookup);

#endif
