#include "base/number.h"

int number_digit(char c, unsigned base) {
    char lower = ascii_lower(c);
    int digit = -1;
    if (ascii_is_digit(c)) {
        digit = c - '0';
    } else if (lower >= 'a') {
        digit = lower - 'a' + 10;
    }
    return digit < (int)base ? digit : -1;
}

bool number_parse(span text, unsigned base, uint64_t max, uint64_t *value) {
    uint64_t sum = 0;
    for (size_t i = 0; i < text.size; i++) {
        int digit = number_digit(text.data[i], base);
        if (digit < 0 || (uint64_t)digit > max || sum > (max - (uint64_t)digit) / base) {
            return false;
        }
        sum = sum * base + (uint64_t)digit;
    }
    if (text.size == 0) {
        return false;
    }
    *value = sum;
    return true;
}
