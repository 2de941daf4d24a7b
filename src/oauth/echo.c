#include "oauth/echo.h"

#include <string.h>

/* A polynomial of the bytes modulo 2^64, which can roll over a text (Karp and Rabin): the chance
 * that other text has the same hash, and is masked too, does not matter. Any large odd number. */
#define ECHO_BASE UINT64_C(0x9e3779b97f4a7c15)

static uint64_t echo_byte(char byte) {
    return (uint64_t)(unsigned char)byte + 1;
}

struct echo echo_of(span secret) {
    struct echo echo = {.size = secret.size < ECHO_MIN ? 0 : secret.size};
    for (size_t i = 0; i < echo.size; i++) {
        echo.hash = echo.hash * ECHO_BASE + echo_byte(secret.data[i]);
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
    size_t start = 0; /* of what the hash is of, text[start..i) */
    for (size_t i = 0; i < size && echo->size > 0; i++) {
        hash = hash * ECHO_BASE + echo_byte(text[i]);
        if (i - start == echo->size) {
            hash -= power * echo_byte(text[start]);
            start++;
        }
        if (i + 1 - start == echo->size && hash == echo->hash) {
            memset(text + start, '*', echo->size);
            start = i + 1;
            hash = 0;
        }
    }
}

void echoes_mask(const struct echoes *echoes, char *text, size_t size) {
    echo_mask(&echoes->plain, text, size);
    echo_mask(&echoes->sent, text, size);
}
