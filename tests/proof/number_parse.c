/* Equals its definition: the sum of digit times power, or nothing if a digit is not valid or the
 * sum exceeds the maximum. */
#include "base/number.h"
#include "proof.h"

int main(void) {
    span text = any_span(SIZE);
    const unsigned base = BASE;
    uint64_t max = nondet_uint64();
    ASSUME(max <= 0xffff);
    uint64_t value = 77;
    uint64_t expected = 0;
    bool digits = text.size > 0;
    /* SIZE digits fit 64 bits, so that the definition cannot overflow. */
    for (size_t i = 0; i < text.size; i++) {
        int digit = number_digit(text.data[i], base);
        digits = digits && digit >= 0;
        expected = expected * base + (uint64_t)(digit < 0 ? 0 : digit);
    }
    bool valid = number_parse(text, base, max, &value);
    assert(valid == (digits && expected <= max));
    assert(value == (valid ? expected : 77));
    return 0;
}
