#include "json/number.h"

#include "base/limits.h"
#include "base/number.h"

/* The exponent's value, clamped to +-LIMIT_EXPONENT: beyond it every number of so few digits is 0
 * or over any max. */
#define LIMIT_EXPONENT 100
static int json_number_parse_exponent(span text) {
    uint64_t magnitude = 0;
    bool negative = text.size > 0 && text.data[0] == '-';
    size_t start = text.size > 0 && (negative || text.data[0] == '+') ? 1 : 0;
    if (!number_parse(span_cut(text, start, text.size), 10, LIMIT_EXPONENT, &magnitude)) {
        magnitude = text.size > start ? LIMIT_EXPONENT : 0;
    }
    return negative ? -(int)magnitude : (int)magnitude;
}

bool json_number_floor(span text, uint64_t max, uint64_t *value) {
    size_t mantissa = 0;
    while (mantissa < text.size && ascii_lower(text.data[mantissa]) != 'e') {
        mantissa++;
    }
    size_t point = span_find(span_cut(text, 0, mantissa), '.');
    if (text.size > LIMIT_JSON_NUMBER || point == 0 || text.data[0] == '-') {
        return false;
    }
    size_t exponent_start = mantissa < text.size ? mantissa + 1 : mantissa;
    int whole_digits =
        (int)point + json_number_parse_exponent(span_cut(text, exponent_start, text.size));
    uint64_t sum = 0;
    size_t at = 0;
    for (int i = 0; i < whole_digits && sum < max; i++) {
        at += at == point ? 1 : 0;
        uint64_t digit = at < mantissa ? (uint64_t)(text.data[at++] - '0') : 0;
        sum = sum > (max - digit) / 10 ? max : sum * 10 + digit;
    }
    *value = sum;
    return true;
}
