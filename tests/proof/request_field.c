/* No CR, LF or NUL that came from an argument: a field is one line. */
#include "http/field.h"
#include "http/request.h"
#include "proof.h"

int main(void) {
    char data[64];
    struct buffer out;
    buffer_init(&out, data, sizeof data);
    span name = any_span(SIZE);
    span value = any_span(SIZE);
    ASSUME(field_is_name(name) && field_is_value(value));
    request_field(&out, name, value);
    assert(name.size > 0 && out.size == name.size + 2 + value.size + 2);
    for (size_t i = 0; i + 2 < out.size; i++) {
        assert(data[i] != '\r' && data[i] != '\n' && data[i] != '\0');
    }
    assert(data[out.size - 2] == '\r' && data[out.size - 1] == '\n');
    return 0;
}
