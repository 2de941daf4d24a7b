/* Replies of Redis and Valkey, RESP2 and RESP3, one after another. Of an aggregate only that it is
 * one is kept; pushes and attributes in front of a reply are skipped. */
#ifndef RESP_REPLY_H
#define RESP_REPLY_H

#include "base/span.h"

enum resp_kind {
    RESP_TEXT,    /* a simple or bulk string */
    RESP_ERROR,   /* simple or bulk, without its '-' */
    RESP_INTEGER, /* in `number` */
    RESP_NULL,
    RESP_OTHER /* a kind of reply that nothing here asks for: arrays, maps, doubles ... */
};

struct resp_reply {
    enum resp_kind kind;
    span text; /* as sent, of all but aggregates and bulk nulls; borrowed from the input */
    int64_t number;
};

/* One reply while it is read. All zeros is the start. */
struct resp_parser {
    size_t at;        /* bytes of it that are read; after RESP_DONE its size */
    uint64_t skipped; /* elements that come before the reply */
    uint64_t rest;    /* elements of the reply itself that are still to come */
    bool has_reply;   /* its first element is read, ... */
    enum resp_kind kind;
    int64_t number;
    size_t start, end; /* ... with its text there */
};

enum resp_progress { RESP_MORE, RESP_DONE, RESP_BAD };

/* `input`: all bytes from the start of the reply on; the same ones as before, and more. RESP_MORE:
 * it is not complete. RESP_BAD: it breaks a rule of the protocol, or a line is over
 * LIMIT_REDIS_LINE. */
PINETOKEN_MUST_USE enum resp_progress resp_parse(struct resp_parser *parser, span input,
                                                 struct resp_reply *reply);

#endif
