#include "http/form.h"

#include <string.h>

static bool form_stays(char c) {
    return ascii_is_alpha(c) || ascii_is_digit(c) || (c != '\0' && strchr("*-._", c) != NULL);
}

static void form_append_encoded(struct buffer *out, char c) {
    static const char hex[] = "0123456789ABCDEF";
    if (form_stays(c)) {
        buffer_append_byte(out, c);
        return;
    }
    if (c == ' ') {
        buffer_append_byte(out, '+');
        return;
    }
    unsigned char byte = (unsigned char)c;
    char encoded[3] = {'%', hex[byte >> 4], hex[byte & 15]};
    buffer_append(out, (span){encoded, sizeof encoded});
}

void form_append_value(struct buffer *out, span value) {
    for (size_t i = 0; i < value.size; i++) {
        form_append_encoded(out, value.data[i]);
    }
}

void form_append(struct buffer *out, bool first, span name, span value) {
    if (!first) {
        buffer_append_byte(out, '&');
    }
    buffer_append(out, name);
    buffer_append_byte(out, '=');
    form_append_value(out, value);
}
