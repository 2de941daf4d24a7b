/* Any text at all: it ends, reads nothing outside, and gives at most the maximum. */
#include "proof.h"
#include "json/number.h"

int main(void) {
    span text = any_span(SIZE);
    uint64_t value = 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        ASSUME(ascii_is_digit(c) || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-');
    }
    /* The mantissa's characters are digits and one point: what the scanner, or is_digits, lets
     * through. */
    size_t points = 0;
    size_t at = 0;
    if (text.size > 0 && text.data[0] == '-') {
        at = 1;
    }
    for (; at < text.size && text.data[at] != 'e' && text.data[at] != 'E'; at++) {
        ASSUME(ascii_is_digit(text.data[at]) || text.data[at] == '.');
        points += text.data[at] == '.' ? 1 : 0;
    }
    ASSUME(points <= 1);
    if (json_number_floor(text, 20, &value)) {
        assert(value <= 20);
    }
    return 0;
}
