#include "http/field.h"

#include <string.h>

bool field_is_name_byte(char c) {
    return ascii_is_alpha(c) || ascii_is_digit(c) ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

bool field_is_value_byte(char c) {
    unsigned char byte = (unsigned char)c;
    return byte == '\t' || (byte >= ' ' && byte != 0x7f);
}

bool field_is_name(span name) {
    for (size_t i = 0; i < name.size; i++) {
        if (!field_is_name_byte(name.data[i])) {
            return false;
        }
    }
    return name.size > 0;
}

bool field_is_value(span value) {
    for (size_t i = 0; i < value.size; i++) {
        if (!field_is_value_byte(value.data[i])) {
            return false;
        }
    }
    return true;
}

span field_take_part(span *text, char *separator) {
    bool is_quoted = false;
    size_t end = 0;
    for (; end < text->size; end++) {
        char c = text->data[end];
        is_quoted = is_quoted != (c == '"');
        if (!is_quoted && (c == ',' || c == ';')) {
            break;
        }
    }
    span part = span_trim(span_cut(*text, 0, end));
    *separator = (char)(end < text->size ? text->data[end] : ',');
    *text = span_cut(*text, end < text->size ? end + 1 : end, text->size);
    return part;
}

bool field_take_value(span *head, span name, span *value) {
    while (head->size > 0) {
        const span line = {head->data, span_find(*head, '\r')};
        const size_t colon = span_find(line, ':');
        const size_t taken = head->size - line.size < 2 ? head->size : line.size + 2;
        head->data += taken;
        head->size -= taken;
        if (colon < line.size && span_equal_ignoring_case((span){line.data, colon}, name)) {
            *value = span_trim(span_cut(line, colon + 1, line.size));
            return true;
        }
    }
    return false;
}
