#include "json/writer.h"

#include "json/utf8.h"

void json_object_begin(struct json_writer *writer, struct buffer *out) {
    *writer = (struct json_writer){.out = out, .first = true};
    buffer_append_byte(out, '{');
}

/* RFC 8259 7: quotation mark, reverse solidus and the controls below U+0020 must be escaped;
 * nothing else need be. */
static void write_escaped(struct buffer *out, char c) {
    static const char hex[] = "0123456789abcdef";
    unsigned char byte = (unsigned char)c;
    if (byte < 0x20) {
        char escape[6] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
        buffer_append(out, (span){escape, sizeof escape});
        return;
    }
    if (c == '"' || c == '\\') {
        buffer_append_byte(out, '\\');
    }
    buffer_append_byte(out, c);
}

void json_member_string(struct json_writer *writer, span name, span value) {
    if (!utf8_is_valid(value)) {
        writer->invalid = true;
        return;
    }
    buffer_append(writer->out, writer->first ? SPAN("\"") : SPAN(",\""));
    writer->first = false;
    buffer_append(writer->out, name);
    buffer_append(writer->out, SPAN("\":\""));
    for (size_t i = 0; i < value.size; i++) {
        write_escaped(writer->out, value.data[i]);
    }
    buffer_append_byte(writer->out, '"');
}

bool json_object_end(struct json_writer *writer) {
    buffer_append_byte(writer->out, '}');
    return !writer->invalid && !writer->out->overflow;
}
