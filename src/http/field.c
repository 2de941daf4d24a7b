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
