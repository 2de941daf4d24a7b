#include "base/text.h"

#include <string.h>

void text_init(struct text *text, char *data, size_t capacity) {
    *text = (struct text){.data = data, .capacity = capacity};
    data[0] = '\0';
}

void text_append_bytes(struct text *text, const char *more, size_t size) {
    size_t room = text->capacity - 1 - text->size;
    size_t taken = size < room ? size : room;
    if (taken > 0) {
        memcpy(text->data + text->size, more, taken);
        text->size += taken;
        text->data[text->size] = '\0';
    }
}

void text_append(struct text *text, const char *more) {
    text_append_bytes(text, more, strlen(more));
}

void text_append_printable(struct text *text, const char *more, size_t size) {
    for (size_t i = 0; i < size; i++) {
        text_append_bytes(text, more[i] >= 0x20 && more[i] < 0x7f ? more + i : "?", 1);
    }
}

void text_append_json(struct text *text, const char *more, size_t size) {
    text_append(text, "\"");
    for (size_t i = 0; i < size; i++) {
        text_append(text, more[i] == '"' || more[i] == '\\' ? "\\" : "");
        text_append_printable(text, more + i, 1);
    }
    text_append(text, "\"");
}

void text_append_number(struct text *text, int64_t number) {
    char digits[20];
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    text_append(text, number < 0 ? "-" : "");
    text_append_bytes(text, digits + at, sizeof digits - at);
}

void text_pad(struct text *text, size_t column) {
    do {
        text_append(text, " ");
    } while (text->size < column && text->size + 1 < text->capacity);
}
