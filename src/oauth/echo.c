#include "oauth/echo.h"

#include "base/number.h"

#include <string.h>

/* A polynomial of the bytes modulo 2^64, which can roll over a text (Karp and Rabin): the chance
 * that other text has the same hash, and is masked too, does not matter. Any large odd number. */
#define ECHO_BASE UINT64_C(0x9e3779b97f4a7c15)

/* Takes a byte of text[*at..size), and moves *at over it. "%2F", "%2f" and "/" are the same here:
 * whoever sends a text back may have encoded it anew. */
static uint64_t echo_next(const char *text, size_t size, size_t *at) {
    const char *here = text + *at;
    bool is_escape = *here == '%' && size - *at > 2;
    int high = is_escape ? number_digit(here[1], 16) : -1;
    int low = high >= 0 ? number_digit(here[2], 16) : -1;
    *at += low >= 0 ? 3 : 1;
    unsigned byte = low >= 0 ? (unsigned)(high * 16 + low) : (unsigned char)*here;
    return byte + UINT64_C(1); /* a byte of zero counts, too */
}

struct echo echo_of(span secret) {
    struct echo echo = {.size = 0};
    for (size_t at = 0; secret.size >= ECHO_MIN && at < secret.size; echo.size++) {
        echo.hash = echo.hash * ECHO_BASE + echo_next(secret.data, secret.size, &at);
    }
    return echo;
}

/* The factor of the byte that leaves. */
static uint64_t echo_power(size_t size) {
    uint64_t power = 1;
    for (size_t i = 0; i < size; i++) {
        power *= ECHO_BASE;
    }
    return power;
}

void echo_mask(const struct echo *echo, char *text, size_t size) {
    const uint64_t power = echo_power(echo->size);
    uint64_t hash = 0;
    size_t count = 0; /* how many bytes the hash covers: text[start..end) */
    size_t start = 0;
    for (size_t end = 0; end < size && echo->size > 0;) {
        hash = hash * ECHO_BASE + echo_next(text, size, &end);
        if (count == echo->size) {
            hash -= power * echo_next(text, size, &start);
        } else {
            count++;
        }
        if (count == echo->size && hash == echo->hash) {
            memset(text + start, '*', end - start);
            start = end;
            count = 0;
            hash = 0;
        }
    }
}

void echoes_mask(const struct echoes *echoes, char *text, size_t size) {
    echo_mask(&echoes->plain, text, size);
    echo_mask(&echoes->sent, text, size);
}
