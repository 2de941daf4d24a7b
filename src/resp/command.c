#include "resp/command.h"

static void resp_write_size(struct buffer *out, char kind, size_t size) {
    buffer_append_byte(out, kind);
    buffer_append_number(out, size);
    buffer_append(out, SPAN("\r\n"));
}

void resp_write_command(struct buffer *out, const span *words, size_t count) {
    resp_write_size(out, '*', count);
    for (size_t i = 0; i < count; i++) {
        resp_write_size(out, '$', words[i].size);
        buffer_append(out, words[i]);
        buffer_append(out, SPAN("\r\n"));
    }
}
