#include "reference.h"

#include <jansson.h>
#include <string.h>

struct reference reference_load(const char *text, size_t size) {
    json_error_t error;
    json_t *value = json_loadb(text, size, JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL, &error);
    struct reference reference = {.value = value, .valid = json_is_object(value)};
    if (value == NULL) {
        reference.undecided = json_error_code(&error) == json_error_numeric_overflow ||
                              strstr(error.text, "Unicode") != NULL;
        return reference;
    }
    const json_t *member = json_object_get(value, "a");
    reference.has_string = json_is_string(member);
    reference.string = json_string_value(member);
    reference.string_size = json_string_length(member);
    return reference;
}

void reference_free(struct reference *reference) {
    json_decref(reference->value);
}
