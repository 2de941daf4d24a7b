#include "net/address.h"

#include "base/buffer.h"

#include <string.h>

#define GROUPS 8

socklen_t address_size(const union address *address) {
    return address->any.sa_family == AF_INET6 ? sizeof address->v6 : sizeof address->v4;
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
