/* A size line of SIZE digits means what they mean in hexadecimal. */
#include "base/number.h"
#include "http/chunked.h"
#include "proof.h"

int main(void) {
    char line[SIZE + 2];
    uint64_t expected = 0;
    choose_bytes(line, SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        int digit = number_digit(line[i], 16);
        ASSUME(digit >= 0);
        expected = expected * 16 + (uint64_t)digit;
    }
    line[SIZE] = '\r';
    line[SIZE + 1] = '\n';
    struct chunked chunked = {.room = UINT64_MAX, .framing_room = UINT64_MAX};
    size_t content = 0;
    size_t taken = 0;
    const char *why = NULL;
    assert(chunked_decode(&chunked, line, SIZE + 2, &content, &taken, &why) == CHUNKED_MORE);
    assert(content == 0 && taken == SIZE + 2 && chunked.left == expected);
    assert(chunked.state == (expected > 0 ? CHUNKED_DATA_CR : CHUNKED_TRAILER_FIRST));
    return 0;
}
