#include "json/writer.h"

#include "json/utf8.h"

void json_writer_init(struct json_writer *writer, struct buffer *out) {
    *writer = (struct json_writer){.out = out, .first = true};
}

bool json_writer_end(const struct json_writer *writer) {
    return !writer->invalid && !writer->out->overflow;
}

static void json_separate(struct json_writer *writer) {
    if (!writer->first) {
        buffer_append_byte(writer->out, ',');
    }
    writer->first = false;
}

static void json_open(struct json_writer *writer, char bracket) {
    json_separate(writer);
    buffer_append_byte(writer->out, bracket);
    writer->first = true;
}

static void json_close(struct json_writer *writer, char bracket) {
    buffer_append_byte(writer->out, bracket);
    writer->first = false;
}

void json_object_begin(struct json_writer *writer) {
    json_open(writer, '{');
}

void json_object_end(struct json_writer *writer) {
    json_close(writer, '}');
}

void json_array_begin(struct json_writer *writer) {
    json_open(writer, '[');
}

void json_array_end(struct json_writer *writer) {
    json_close(writer, ']');
}

void json_name(struct json_writer *writer, span name) {
    json_separate(writer);
    buffer_append_byte(writer->out, '"');
    buffer_append(writer->out, name);
    buffer_append(writer->out, SPAN("\":"));
    writer->first = true;
}

/* RFC 8259 7: quotation mark, reverse solidus and the controls below U+0020 must be escaped;
 * nothing else need be. */
static void json_escape(struct buffer *out, char c) {
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

void json_string(struct json_writer *writer, span value) {
    if (!utf8_is_valid(value)) {
        writer->invalid = true;
        return;
    }
    json_separate(writer);
    buffer_append_byte(writer->out, '"');
    for (size_t i = 0; i < value.size; i++) {
        json_escape(writer->out, value.data[i]);
    }
    buffer_append_byte(writer->out, '"');
}

void json_number(struct json_writer *writer, int64_t value) {
    json_separate(writer);
    buffer_append_signed(writer->out, value);
}

void json_null(struct json_writer *writer) {
    json_separate(writer);
    buffer_append(writer->out, SPAN("null"));
}

void json_member_string(struct json_writer *writer, span name, span value) {
    json_name(writer, name);
    json_string(writer, value);
}

void json_member_number(struct json_writer *writer, span name, int64_t value) {
    json_name(writer, name);
    json_number(writer, value);
}
