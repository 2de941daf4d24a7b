#include "base/span.h"

#include <string.h>

span span_text(const char *text) {
    return (span){text, strlen(text)};
}

span span_cut(span text, size_t start, size_t end) {
    /* Nothing may be added to NULL, not even 0. */
    if (text.data == NULL) {
        return text;
    }
    return (span){text.data + start, end - start};
}

bool span_equal(span a, span b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool span_starts(span text, span start) {
    return text.size >= start.size && span_equal(span_cut(text, 0, start.size), start);
}

bool span_equal_ignoring_case(span a, span b) {
    if (a.size != b.size) {
        return false;
    }
    for (size_t i = 0; i < a.size; i++) {
        if (ascii_lower(a.data[i]) != ascii_lower(b.data[i])) {
            return false;
        }
    }
    return true;
}

static bool span_is_blank(char c) {
    return c == ' ' || c == '\t';
}

span span_trim(span text) {
    size_t start = 0;
    size_t end = text.size;
    while (start < end && span_is_blank(text.data[start])) {
        start++;
    }
    while (end > start && span_is_blank(text.data[end - 1])) {
        end--;
    }
    return span_cut(text, start, end);
}

size_t span_find(span text, char byte) {
    size_t at = 0;
    while (at < text.size && text.data[at] != byte) {
        at++;
    }
    return at;
}

size_t span_place(span text, const char *list) {
    for (size_t place = 0; *list != '\0'; place++) {
        span each = span_text(list);
        if (span_equal_ignoring_case(text, each)) {
            return place;
        }
        list += each.size + 1;
    }
    return SIZE_MAX;
}

char ascii_lower(char c) {
    if (c >= 'A' && c <= 'Z') {
        return (char)(c - 'A' + 'a');
    }
    return c;
}

bool ascii_is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool ascii_is_alpha(char c) {
    char lower = ascii_lower(c);
    return lower >= 'a' && lower <= 'z';
}

bool span_is_digits(span text) {
    for (size_t i = 0; i < text.size; i++) {
        if (!ascii_is_digit(text.data[i])) {
            return false;
        }
    }
    return true;
}

bool span_is_url(span text) {
    size_t colon = span_find(text, ':');
    return text.size - colon >= 3 && text.data[colon + 1] == '/' && text.data[colon + 2] == '/';
}

bool span_has_control(span text) {
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte < 0x20 || byte == 0x7f) {
            return true;
        }
    }
    return false;
}
