/* DNS messages (RFC 1035): a question for the addresses of a name, and the reply to it. */
#ifndef DNS_MESSAGE_H
#define DNS_MESSAGE_H

#include "base/buffer.h"
#include "base/limits.h"

/* Header, name, type and class (RFC 1035 4.1). */
#define DNS_QUERY_MAX (12u + 255u + 4u)

enum dns_type { DNS_A = 1, DNS_AAAA = 28 };

/* What a server says. */
enum dns_reply {
    DNS_NO_REPLY, /* nothing, or what is not a reply to this query */
    DNS_ADDRESSES,
    DNS_NO_ADDRESS, /* of this type */
    DNS_NO_NAME,    /* NXDOMAIN */
    DNS_FAILURE,    /* SERVFAIL */
    DNS_REFUSED,
    DNS_UNUSABLE /* another code, or a reply that cannot be read */
};

struct dns_addresses {
    unsigned char list[LIMIT_ADDRESSES][16]; /* in network order */
    size_t count;
    size_t size; /* of each: 4 or 16 */
    bool is_truncated;
};

/* Appends a query, with recursion desired. False: `name`, with or without a final dot, is not a
 * name of the DNS. */
PINETOKEN_MUST_USE bool dns_write_query(struct buffer *out, uint16_t id, span name,
                                        enum dns_type type);
/* The reply to `query`. Sets *addresses, those that a truncated reply has, too; not on
 * DNS_NO_REPLY. */
enum dns_reply dns_read_reply(span reply, span query, struct dns_addresses *addresses);

#endif
