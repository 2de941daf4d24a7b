/* /etc/resolv.conf and /etc/hosts: lines of words. What stands after # or ; is a comment. */
#ifndef DNS_FILES_H
#define DNS_FILES_H

#include "base/limits.h"
#include "base/span.h"

/* All of it is borrowed from the file. */
struct dns_configuration {
    span servers[LIMIT_DNS_LINES]; /* as text: not each one may be an address */
    size_t server_count;
    span search; /* domains, as words */
};

/* The next word of `text`, which is cut off. False: there is none. */
bool dns_next_word(span *text, span *word);
/* What it has of `nameserver`, `search` and `domain`; the last of the two holds. */
void dns_read_configuration(span file, struct dns_configuration *configuration);
/* The next address, still as text, that the lines of a hosts file have for `name`; what was read is
 * cut off them. False: there is none. */
bool dns_next_host(span *lines, span name, span *address);

#endif
