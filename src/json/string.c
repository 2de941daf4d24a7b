#include "json/string.h"

#include "base/number.h"
#include "json/utf8.h"

#include <string.h>

static char json_string_unescape(char kind) {
    switch (kind) {
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        default: return kind;
    }
}

/* The four digits after "\u" at `at`. */
static uint32_t json_string_hex4(span text, size_t at) {
    uint32_t code = 0;
    for (size_t i = at; i < at + 4; i++) {
        code = code << 4 | (uint32_t)number_digit(text.data[i], 16);
    }
    return code;
}

/* A code unit, or the pair of them that makes a character outside the BMP (RFC 8259 7); 0: half of
 * a pair. */
static size_t json_string_decode_unicode(span text, size_t *at, char out[4]) {
    uint32_t code = json_string_hex4(text, *at + 2);
    *at += 6;
    if (code < 0xd800 || code > 0xdfff) {
        return utf8_encode(code, out);
    }
    if (code > 0xdbff || text.size - *at < 6 ||
        !span_equal(span_cut(text, *at, *at + 2), SPAN("\\u"))) {
        return 0;
    }
    uint32_t low = json_string_hex4(text, *at + 2);
    if (low < 0xdc00 || low > 0xdfff) {
        return 0;
    }
    *at += 6;
    return utf8_encode(0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00), out);
}

/* One character, or one byte of an unescaped one, as UTF-8; 0: half of a surrogate pair. Moves *at
 * after it. */
static size_t json_string_decode_character(span text, size_t *at, char out[4]) {
    if (text.data[*at] != '\\') {
        out[0] = text.data[(*at)++];
        return 1;
    }
    if (text.data[*at + 1] == 'u') {
        return json_string_decode_unicode(text, at, out);
    }
    out[0] = json_string_unescape(text.data[*at + 1]);
    *at += 2;
    return 1;
}

bool json_string_equals(span text, span name) {
    size_t at = 0;
    size_t matched = 0;
    while (at < text.size) {
        char utf8[4];
        size_t size = json_string_decode_character(text, &at, utf8);
        if (size == 0 || size > name.size - matched ||
            memcmp(utf8, name.data + matched, size) != 0) {
            return false;
        }
        matched += size;
    }
    return matched == name.size;
}

bool json_string_decode(char *text, size_t size, size_t *decoded) {
    size_t at = 0;
    size_t written = 0;
    while (at < size) {
        char utf8[4];
        size_t part = json_string_decode_character((span){text, size}, &at, utf8);
        if (part == 0) {
            return false;
        }
        memcpy(text + written, utf8, part);
        written += part;
    }
    *decoded = written;
    return true;
}
