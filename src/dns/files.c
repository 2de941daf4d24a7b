#include "dns/files.h"

static bool files_is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

bool dns_next_word(span *text, span *word) {
    size_t start = 0;
    while (start < text->size && files_is_blank(text->data[start])) {
        start++;
    }
    size_t end = start;
    while (end < text->size && !files_is_blank(text->data[end])) {
        end++;
    }
    *word = span_cut(*text, start, end);
    *text = span_cut(*text, end, text->size);
    return word->size > 0;
}

/* Without its comment. */
static bool files_next_line(span *text, span *line) {
    size_t end = span_find(*text, '\n');
    if (text->size == 0) {
        return false;
    }
    *line = span_cut(*text, 0, end);
    *line = span_cut(*line, 0, span_find(*line, '#'));
    *line = span_cut(*line, 0, span_find(*line, ';'));
    *text = span_cut(*text, end < text->size ? end + 1 : end, text->size);
    return true;
}

void dns_read_configuration(span file, struct dns_configuration *configuration) {
    span line;
    span word;
    *configuration = (struct dns_configuration){.server_count = 0};
    while (files_next_line(&file, &line)) {
        if (!dns_next_word(&line, &word)) {
            continue;
        }
        if (span_equal(word, SPAN("search")) || span_equal(word, SPAN("domain"))) {
            configuration->search = line;
        } else if (span_equal(word, SPAN("nameserver")) && dns_next_word(&line, &word) &&
                   configuration->server_count < LIMIT_DNS_LINES) {
            configuration->servers[configuration->server_count++] = word;
        }
    }
}

bool dns_next_host(span *lines, span name, span *address) {
    span line;
    span word;
    while (files_next_line(lines, &line)) {
        bool is_host = dns_next_word(&line, address);
        while (is_host && dns_next_word(&line, &word)) {
            if (span_equal_ignoring_case(word, name)) {
                return true;
            }
        }
    }
    return false;
}
