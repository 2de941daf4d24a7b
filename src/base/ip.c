#include "base/ip.h"

#include <arpa/inet.h>
#include <string.h>

#define GROUPS 8

bool ip_parse(span host, unsigned char out[16], size_t *size) {
    char text[INET6_ADDRSTRLEN];
    if (host.size >= sizeof text) {
        return false;
    }
    memcpy(text, host.data, host.size);
    text[host.size] = '\0';
    if (inet_pton(AF_INET, text, out) == 1) {
        *size = 4;
        return true;
    }
    if (inet_pton(AF_INET6, text, out) == 1) {
        *size = 16;
        return true;
    }
    return false;
}

static void ip_write_v4(struct buffer *out, const unsigned char bytes[4]) {
    for (size_t i = 0; i < 4; i++) {
        buffer_append(out, i > 0 ? SPAN(".") : SPAN(""));
        buffer_append_number(out, bytes[i]);
    }
}

static void ip_write_group(struct buffer *out, unsigned group) {
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
static size_t ip_find_zeros(const unsigned groups[GROUPS], size_t *size) {
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

static void ip_write_v6(struct buffer *out, const unsigned char bytes[16]) {
    unsigned groups[GROUPS];
    size_t zeros = 0;
    for (size_t i = 0; i < GROUPS; i++) {
        groups[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
    }
    size_t start = ip_find_zeros(groups, &zeros);
    for (size_t i = 0; i < GROUPS; i++) {
        if (zeros > 0 && i == start) {
            buffer_append(out, SPAN("::"));
            i += zeros - 1;
            continue;
        }
        buffer_append(out, i > 0 && (zeros == 0 || i != start + zeros) ? SPAN(":") : SPAN(""));
        ip_write_group(out, groups[i]);
    }
}

void ip_write(struct buffer *out, const unsigned char *bytes, size_t size) {
    if (size == 4) {
        ip_write_v4(out, bytes);
    } else {
        ip_write_v6(out, bytes);
    }
}

bool ip_has_prefix(const unsigned char *a, const unsigned char *b, size_t bits) {
    size_t bytes = bits / 8;
    unsigned rest = bits % 8;
    return memcmp(a, b, bytes) == 0 && (rest == 0 || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0);
}

bool ip_is_in_network(span address, span network) {
    bool is_in = network.size == 2 * address.size;
    for (size_t i = 0; is_in && i < address.size; i++) {
        is_in = ((address.data[i] ^ network.data[i]) & network.data[address.size + i]) == 0;
    }
    return is_in;
}
