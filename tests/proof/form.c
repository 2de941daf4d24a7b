/* Any value: nothing in what is written ends the parameter. */
#include "http/form.h"
#include "proof.h"

int main(void) {
    char data[2 + 3 * SIZE];
    struct buffer out;
    buffer_init(&out, data, sizeof data);
    span value = any_span(SIZE);
    form_append(&out, true, SPAN("a"), value);
    assert(!out.overflow && out.size >= 2 + value.size);
    for (size_t i = 2; i < out.size; i++) {
        assert(data[i] != '&' && data[i] != '=' && data[i] > ' ' && data[i] < 0x7f);
    }
    return 0;
}
