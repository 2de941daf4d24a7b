#include "net/address.h"

#include "base/buffer.h"
#include "trust/identity.h"

#include <string.h>

#define GROUPS 8

socklen_t address_size(const union address *address) {
    return address->any.sa_family == AF_INET6 ? sizeof address->v6 : sizeof address->v4;
}

bool address_parse(span text, uint16_t port, union address *address) {
    unsigned char bytes[16];
    size_t size = 0;
    if (!identity_parse_address(text, bytes, &size)) {
        return false;
    }
    memset(address, 0, sizeof *address);
    if (size == sizeof address->v4.sin_addr) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(port);
        memcpy(&address->v4.sin_addr, bytes, size);
    } else {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = htons(port);
        memcpy(&address->v6.sin6_addr, bytes, size);
    }
    return true;
}

static void write_v4(struct buffer *out, const unsigned char bytes[4]) {
    for (size_t i = 0; i < 4; i++) {
        buffer_append(out, i > 0 ? SPAN(".") : SPAN(""));
        buffer_append_number(out, bytes[i]);
    }
}

static void write_group(struct buffer *out, unsigned group) {
    static const char hex[] = "0123456789abcdef";
    bool started = false;
    for (unsigned shift = 12; shift > 0; shift -= 4) {
        started = started || group >> shift != 0;
        if (started) {
            buffer_append_byte(out, hex[group >> shift & 15]);
        }
    }
    buffer_append_byte(out, hex[group & 15]);
}

/* The first of the longest runs of two zeros or more (RFC 5952 4.2); *size 0: there is none. */
static size_t find_zeros(const unsigned groups[GROUPS], size_t *size) {
    size_t start = 0;
    size_t run = 0;
    *size = 0;
    for (size_t i = 0; i < GROUPS; i++) {
        run = groups[i] == 0 ? run + 1 : 0;
        if (run >= 2 && run > *size) {
            *size = run;
            start = i + 1 - run;
        }
    }
    return start;
}

static void write_v6(struct buffer *out, const unsigned char bytes[16]) {
    unsigned groups[GROUPS];
    size_t zeros = 0;
    for (size_t i = 0; i < GROUPS; i++) {
        groups[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
    }
    size_t start = find_zeros(groups, &zeros);
    for (size_t i = 0; i < GROUPS; i++) {
        if (zeros > 0 && i == start) {
            buffer_append(out, SPAN("::"));
            i += zeros - 1;
            continue;
        }
        buffer_append(out, i > 0 && (zeros == 0 || i != start + zeros) ? SPAN(":") : SPAN(""));
        write_group(out, groups[i]);
    }
}

void address_text(const union address *address, char out[INET6_ADDRSTRLEN]) {
    struct buffer buffer;
    buffer_init(&buffer, out, INET6_ADDRSTRLEN - 1);
    if (address->any.sa_family == AF_INET6) {
        write_v6(&buffer, address->v6.sin6_addr.s6_addr);
    } else {
        unsigned char bytes[4];
        memcpy(bytes, &address->v4.sin_addr, sizeof bytes);
        write_v4(&buffer, bytes);
    }
    out[buffer.size] = '\0';
}

void addresses_add(struct addresses *addresses, pinetoken_family family,
                   const union address *address) {
    sa_family_t its = address->any.sa_family;
    bool is_wanted = its == AF_INET    ? family != PINETOKEN_FAMILY_IPV6
                     : its == AF_INET6 ? family != PINETOKEN_FAMILY_IPV4
                                       : false;
    if (is_wanted && addresses->count < LIMIT_ADDRESSES) {
        addresses->list[addresses->count++] = *address;
    }
}

void addresses_interleave(struct addresses *addresses) {
    for (size_t i = 1; i < addresses->count; i++) {
        sa_family_t before = addresses->list[i - 1].any.sa_family;
        size_t at = i;
        while (at < addresses->count && addresses->list[at].any.sa_family == before) {
            at++;
        }
        if (at == addresses->count) {
            return;
        }
        union address other = addresses->list[at];
        memmove(&addresses->list[i + 1], &addresses->list[i], (at - i) * sizeof other);
        addresses->list[i] = other;
    }
}
