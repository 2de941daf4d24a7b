#include "resp/command.h"

static void resp_write_size(struct buffer *out, char kind, size_t size) {
    buffer_append_byte(out, kind);
    buffer_append_number(out, size);
    buffer_append(out, SPAN("\r\n"));
}

/* In the rest of the command. */
static size_t resp_count_words(const char *text) {
    size_t count = 1;
    for (; *text != '\0' && *text != '\n'; text++) {
        count += *text == ' ' ? 1 : 0;
    }
    return count;
}

static size_t resp_word_size(const char *text) {
    size_t size = 0;
    while (text[size] != '\0' && text[size] != '\n' && text[size] != ' ') {
        size++;
    }
    return size;
}

void resp_write_commands(struct buffer *out, const char *text, const span *values) {
    bool is_first = true;
    while (*text != '\0') {
        size_t size = resp_word_size(text);
        span word = *text == '%' ? values[text[1] - 'a'] : (span){text, size};
        if (is_first) {
            resp_write_size(out, '*', resp_count_words(text));
        }
        resp_write_size(out, '$', word.size);
        buffer_append(out, word);
        buffer_append(out, SPAN("\r\n"));
        is_first = text[size] == '\n';
        text += text[size] == '\0' ? size : size + 1;
    }
}
