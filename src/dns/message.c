#include "dns/message.h"

#include <string.h>

#define MESSAGE_HEADER 12u
#define MESSAGE_LABEL_MAX 63u
#define MESSAGE_NAME_MAX 255u
/* Type, class, time to live, size of the data. */
#define MESSAGE_RECORD 10u
#define MESSAGE_POINTER 0xc0u /* RFC 1035 4.1.4 */
#define MESSAGE_CLASS 1u      /* the Internet */
/* Of the header's flags, authoritative and recursion available: a server with neither that has no
 * answer refers to others, whom it does not ask. */
#define MESSAGE_KNOWS 0x0480u

/* ---- the query ------------------------------------------------------------------------------- */

static void message_append(struct buffer *out, unsigned number) {
    buffer_append_byte(out, (char)(number >> 8));
    buffer_append_byte(out, (char)number);
}

/* Labels, each with its size in front, and an empty one. */
static bool message_append_name(struct buffer *out, span name) {
    size_t start = out->size;
    while (name.size > 0) {
        size_t end = span_find(name, '.');
        if (end == 0 || end > MESSAGE_LABEL_MAX) {
            return false;
        }
        buffer_append_byte(out, (char)end);
        buffer_append(out, span_cut(name, 0, end));
        name = span_cut(name, end < name.size ? end + 1 : end, name.size);
    }
    buffer_append_byte(out, 0);
    return out->size > start + 1 && out->size - start <= MESSAGE_NAME_MAX;
}

bool dns_write_query(struct buffer *out, uint16_t id, span name, enum dns_type type) {
    static const char recursive[] = {1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    message_append(out, id);
    buffer_append(out, (span){recursive, sizeof recursive});
    if (!message_append_name(out, name)) {
        return false;
    }
    message_append(out, type);
    message_append(out, MESSAGE_CLASS);
    return !out->overflow;
}

/* ---- the reply ------------------------------------------------------------------------------- */

static unsigned message_byte(span message, size_t at) {
    return (unsigned char)message.data[at];
}

static unsigned message_number(span message, size_t at) {
    return message_byte(message, at) << 8 | message_byte(message, at + 1);
}

/* Past a name, which is not read. False: it does not end within the message. */
static bool message_skip_name(span message, size_t *at) {
    while (*at < message.size) {
        unsigned size = message_byte(message, *at);
        if (size == 0 || size >= MESSAGE_POINTER) {
            *at += size == 0 ? 1 : 2;
            return *at <= message.size;
        }
        *at += 1 + size;
    }
    return false;
}

/* Past one record. */
static bool message_read_record(span message, size_t *at, enum dns_type type,
                                struct dns_addresses *addresses) {
    if (!message_skip_name(message, at) || message.size - *at < MESSAGE_RECORD) {
        return false;
    }
    size_t data = *at + MESSAGE_RECORD;
    size_t size = message_number(message, data - 2);
    if (size > message.size - data) {
        return false;
    }
    if (message_number(message, *at) == type && message_number(message, *at + 2) == MESSAGE_CLASS &&
        size == addresses->size && addresses->count < LIMIT_ADDRESSES) {
        memcpy(addresses->list[addresses->count++], message.data + data, size);
    }
    *at = data + size;
    return true;
}

/* Whether it is the reply to this question; the socket has checked that it is from the server that
 * was asked. A reply that only reports an error may leave the question out. */
static bool message_is_reply(span reply, span query) {
    if (reply.size < MESSAGE_HEADER || memcmp(reply.data, query.data, 2) != 0 ||
        (message_byte(reply, 2) & 0xf8) != 0x80) {
        return false;
    }
    return reply.size >= query.size
               ? span_equal_ignoring_case(span_cut(reply, MESSAGE_HEADER, query.size),
                                          span_cut(query, MESSAGE_HEADER, query.size))
               : (message_byte(reply, 3) & 15) != 0;
}

static enum dns_reply message_read_addresses(span reply, span query,
                                             struct dns_addresses *addresses) {
    const enum dns_type type = (enum dns_type)message_number(query, query.size - 4);
    size_t at = query.size;
    unsigned left = message_number(reply, 6);
    addresses->size = type == DNS_A ? 4 : 16;
    while (left > 0 && message_read_record(reply, &at, type, addresses)) {
        left--;
    }
    if (addresses->count > 0) {
        return DNS_ADDRESSES;
    }
    return left == 0 && (at > query.size || (message_number(reply, 2) & MESSAGE_KNOWS) != 0)
               ? DNS_NO_ADDRESS
               : DNS_UNUSABLE;
}

enum dns_reply dns_read_reply(span reply, span query, struct dns_addresses *addresses) {
    if (!message_is_reply(reply, query)) {
        return DNS_NO_REPLY;
    }
    *addresses = (struct dns_addresses){.is_truncated = (message_byte(reply, 2) & 2) != 0};
    switch (message_byte(reply, 3) & 15) {
        case 0: return message_read_addresses(reply, query, addresses);
        case 2: return DNS_FAILURE;
        case 3: return DNS_NO_NAME;
        case 5: return DNS_REFUSED;
        default: return DNS_UNUSABLE;
    }
}
