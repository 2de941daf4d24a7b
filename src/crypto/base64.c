#include "crypto/base64.h"

#include <mbedtls/base64.h>
#include <stdint.h>
#include <string.h>

#define DIGIT_COUNT 64u
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Digits of a group of four are shifted in after a one, which says how many there are. */
#define GROUP_EMPTY UINT32_C(1)
#define GROUP_FULL (UINT32_C(1) << 24)

/* The value of each character; DIGIT_COUNT: not a digit. */
static void base64_fill_values(unsigned char values[256]) {
    memset(values, DIGIT_COUNT, 256);
    for (unsigned char i = 0; i < DIGIT_COUNT; i++) {
        values[(unsigned char)base64_digits[i]] = i;
    }
}

/* Moves past LF or CRLF, or to the end of the text, and past spaces before them. */
static bool base64_skip_line_end(span text, size_t *at) {
    size_t end = *at;
    while (end < text.size && text.data[end] == ' ') {
        end++;
    }
    if (end + 1 < text.size && text.data[end] == '\r' && text.data[end + 1] == '\n') {
        end++;
    }
    if (end < text.size && text.data[end] != '\n') {
        return false;
    }
    *at = end < text.size ? end + 1 : end;
    return true;
}

/* Exactly this much padding is left, and line ends. */
static bool base64_ends(span text, size_t at, size_t padding) {
    while (at < text.size) {
        if (text.data[at] == '=' && padding > 0) {
            padding--;
            at++;
        } else if (!base64_skip_line_end(text, &at)) {
            return false;
        }
    }
    return padding == 0;
}

struct base64_output {
    unsigned char *data;
    size_t capacity;
    size_t size;
};

/* The first `count` bytes of a group. False: they do not fit. */
static bool base64_write(struct base64_output *out, uint32_t group, size_t count) {
    if (count > out->capacity - out->size) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        out->data[out->size++] = (unsigned char)(group >> (16 - 8 * i) & 0xff);
    }
    return true;
}

/* Whole groups up to the next line end, which is nearly all of PEM: less work than one by one.
 * Returns how many characters they are. */
static size_t base64_decode_groups(struct base64_output *out, span text,
                                   const unsigned char values[256]) {
    const unsigned char *at = (const unsigned char *)text.data;
    const unsigned char *end = at + text.size;
    for (; end - at >= 4; at += 4) {
        uint32_t first = values[at[0]];
        uint32_t second = values[at[1]];
        uint32_t third = values[at[2]];
        uint32_t fourth = values[at[3]];
        if ((first | second | third | fourth) >= DIGIT_COUNT || out->capacity - out->size < 3) {
            break;
        }
        unsigned char *bytes = out->data + out->size;
        bytes[0] = (unsigned char)(first << 2 | second >> 4);
        bytes[1] = (unsigned char)((second << 4 | third >> 2) & 0xff);
        bytes[2] = (unsigned char)((third << 6 | fourth) & 0xff);
        out->size += 3;
    }
    return text.size - (size_t)(end - at);
}

/* The last group with its missing padding: up to two, or three if a single digit is left. */
static bool base64_write_last(struct base64_output *out, uint32_t group, size_t *padding) {
    *padding = 0;
    if (group == GROUP_EMPTY) {
        return true;
    }
    for (; group < GROUP_FULL; group <<= 6) {
        (*padding)++;
    }
    return *padding < 3 && base64_write(out, group, 3 - *padding);
}

bool base64_decode(span text, unsigned char *out, size_t capacity, size_t *size) {
    unsigned char values[256];
    struct base64_output written = {out, capacity, 0};
    uint32_t group = GROUP_EMPTY;
    size_t padding = 0;
    base64_fill_values(values);
    size_t at = base64_decode_groups(&written, text, values);
    while (at < text.size && text.data[at] != '=') {
        unsigned value = values[(unsigned char)text.data[at]];
        if (value < DIGIT_COUNT) {
            group = group << 6 | value;
            at++;
        } else if (!base64_skip_line_end(text, &at)) {
            return false;
        }
        if (group >= GROUP_FULL) {
            if (!base64_write(&written, group, 3)) {
                return false;
            }
            group = GROUP_EMPTY;
        }
        if (group == GROUP_EMPTY) {
            at += base64_decode_groups(&written, span_cut(text, at, text.size), values);
        }
    }
    if (!base64_write_last(&written, group, &padding) || !base64_ends(text, at, padding)) {
        return false;
    }
    *size = written.size;
    return true;
}

size_t base64_encode(span bytes, char *out) {
    size_t size = 0;
    (void)mbedtls_base64_encode((unsigned char *)out, BASE64_SIZE(bytes.size), &size,
                                (const unsigned char *)bytes.data, bytes.size);
    return size;
}
