#include "base/number.h"

int number_digit(char c, unsigned base) {
    if (ascii_is_digit(c)) {
        return c - '0';
    }
    char lower = ascii_lower(c);
    if (base == 16 && lower >= 'a' && lower <= 'f') {
        return lower - 'a' + 10;
    }
    return -1;
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
