#include "base/buffer.h"

#include <string.h>

void buffer_init(struct buffer *buffer, char *data, size_t capacity) {
    *buffer = (struct buffer){.data = data, .capacity = capacity};
}

void buffer_append(struct buffer *buffer, span text) {
    if (buffer->overflow || text.size > buffer->capacity - buffer->size) {
        buffer->overflow = true;
        return;
    }
    if (text.size > 0) {
        memcpy(buffer->data + buffer->size, text.data, text.size);
        buffer->size += text.size;
    }
}

void buffer_append_text(struct buffer *buffer, const char *text) {
    buffer_append(buffer, span_text(text));
}

void buffer_append_cut(struct buffer *buffer, span text) {
    size_t room = buffer->overflow ? 0 : buffer->capacity - buffer->size;
    bool is_cut = text.size > room;
    buffer_append(buffer, span_cut(text, 0, is_cut ? room : text.size));
    buffer->overflow = buffer->overflow || is_cut;
}

void buffer_append_byte(struct buffer *buffer, char byte) {
    buffer_append(buffer, (span){&byte, 1});
}

void buffer_pad(struct buffer *buffer, size_t size) {
    while (buffer->size < size && !buffer->overflow) {
        buffer_append_byte(buffer, ' ');
    }
}

void buffer_append_number(struct buffer *buffer, uint64_t number) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    buffer_append(buffer, (span){digits + at, sizeof digits - at});
}

void buffer_append_signed(struct buffer *buffer, int64_t number) {
    if (number < 0) {
        buffer_append_byte(buffer, '-');
    }
    buffer_append_number(buffer, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

static void buffer_append_escaped_byte(struct buffer *buffer, char byte) {
    static const char hex[] = "0123456789abcdef";
    if (byte == '\\') {
        buffer_append(buffer, SPAN("\\\\"));
        return;
    }
    if (byte >= 0x20 && byte < 0x7f) {
        buffer_append_byte(buffer, byte);
        return;
    }
    unsigned char value = (unsigned char)byte;
    char escape[4] = {'\\', 'x', hex[value >> 4], hex[value & 15]};
    buffer_append(buffer, (span){escape, sizeof escape});
}

void buffer_append_escaped(struct buffer *buffer, span text, size_t max) {
    bool is_cut = text.size > max;
    size_t size = is_cut ? max : text.size;
    for (size_t i = 0; i < size; i++) {
        buffer_append_escaped_byte(buffer, text.data[i]);
    }
    if (is_cut) {
        buffer_append(buffer, SPAN("..."));
    }
}

span buffer_span(const struct buffer *buffer) {
    return (span){buffer->data, buffer->size};
}

const char *buffer_terminate(struct buffer *buffer) {
    buffer->size -= buffer->size == buffer->capacity ? 1 : 0;
    buffer->data[buffer->size] = '\0';
    return buffer->data;
}
