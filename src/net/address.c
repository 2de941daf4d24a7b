#include "net/address.h"

#include "base/ip.h"

#include <string.h>

socklen_t address_size(const union address *address) {
    return address->any.sa_family == AF_INET6 ? sizeof address->v6 : sizeof address->v4;
}

void address_set(union address *address, const unsigned char *bytes, size_t size, uint16_t port) {
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
}

bool address_parse(span text, uint16_t port, union address *address) {
    unsigned char bytes[16];
    size_t size = 0;
    if (!ip_parse(text, bytes, &size)) {
        return false;
    }
    address_set(address, bytes, size, port);
    return true;
}

void address_text(const union address *address, char out[INET6_ADDRSTRLEN]) {
    struct buffer buffer;
    buffer_init(&buffer, out, INET6_ADDRSTRLEN - 1);
    if (address->any.sa_family == AF_INET6) {
        ip_write(&buffer, address->v6.sin6_addr.s6_addr, sizeof address->v6.sin6_addr);
    } else {
        unsigned char bytes[4];
        memcpy(bytes, &address->v4.sin_addr, sizeof bytes);
        ip_write(&buffer, bytes, sizeof bytes);
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
