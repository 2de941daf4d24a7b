#include "json/utf8.h"

/* The second byte carries what rules out overlong forms, surrogates and numbers too large (RFC 3629
 * 4). */
static bool utf8_is_second_byte(unsigned char first, unsigned char second) {
    unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    return second >= low && second <= high;
}

static size_t utf8_size_by_first_byte(unsigned char first) {
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        return 2;
    }
    if (first >= 0xe0 && first <= 0xef) {
        return 3;
    }
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

size_t utf8_size_at(span text, size_t at) {
    const unsigned char *bytes = (const unsigned char *)text.data + at;
    size_t size = utf8_size_by_first_byte(bytes[0]);
    if (size <= 1) {
        return size;
    }
    if (size > text.size - at || !utf8_is_second_byte(bytes[0], bytes[1])) {
        return 0;
    }
    for (size_t i = 2; i < size; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return size;
}

bool utf8_is_valid(span text) {
    size_t at = 0;
    while (at < text.size) {
        size_t size = utf8_size_at(text, at);
        if (size == 0) {
            return false;
        }
        at += size;
    }
    return true;
}

size_t utf8_encode(uint32_t code, char *out) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    out[0] = (char)((0xf00u >> size & 0xf0) | code);
    return size;
}
