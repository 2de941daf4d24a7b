#include "resp/reply.h"

#include "base/limits.h"
#include "base/number.h"

/* What stands in front of its own elements, or in front of the reply. */
struct resp_element {
    enum resp_kind kind;
    span text;
    int64_t number;
    uint64_t children;
    size_t size;   /* in the input */
    bool is_aside; /* a push or an attribute: not counted among the elements */
};

static bool resp_parse_integer(span text, int64_t *number) {
    uint64_t value = 0;
    size_t sign = text.size > 0 && text.data[0] == '-' ? 1 : 0;
    if (!number_parse(span_cut(text, sign, text.size), 10, INT64_MAX, &value)) {
        return false;
    }
    *number = sign > 0 ? -(int64_t)value : (int64_t)value;
    return true;
}

/* "$5" and what follows. */
static enum resp_progress resp_parse_bulk(span input, struct resp_element *element) {
    uint64_t size = 0;
    if (!number_parse(element->text, 10, LIMIT_REDIS_REPLY, &size)) {
        return RESP_BAD;
    }
    if (input.size - element->size < size + 2) {
        return RESP_MORE;
    }
    size_t end = element->size + (size_t)size;
    if (input.data[end] != '\r' || input.data[end + 1] != '\n') {
        return RESP_BAD;
    }
    element->text = span_cut(input, element->size, end);
    element->size = end + 2;
    return RESP_DONE;
}

/* By its first byte. */
static const struct {
    char mark;
    uint8_t kind;     /* enum resp_kind */
    uint8_t children; /* for one that its number counts; 0: it has none */
    bool is_bulk;
    bool is_aside;
} resp_kinds[] = {
    {'+', RESP_TEXT, 0, false, false},    {'-', RESP_ERROR, 0, false, false},
    {':', RESP_INTEGER, 0, false, false}, {'_', RESP_NULL, 0, false, false},
    {'#', RESP_OTHER, 0, false, false},   {',', RESP_OTHER, 0, false, false},
    {'(', RESP_OTHER, 0, false, false},   {'$', RESP_TEXT, 0, true, false},
    {'!', RESP_ERROR, 0, true, false},    {'=', RESP_OTHER, 0, true, false},
    {'*', RESP_OTHER, 1, false, false},   {'~', RESP_OTHER, 1, false, false},
    {'%', RESP_OTHER, 2, false, false},   {'>', RESP_OTHER, 1, false, true},
    {'|', RESP_OTHER, 2, false, true},
};
#define RESP_KINDS (sizeof resp_kinds / sizeof resp_kinds[0])

/* RESP2's nulls, of two kinds. */
static bool resp_is_null(span line) {
    return span_equal(line, SPAN("$-1")) || span_equal(line, SPAN("*-1"));
}

static enum resp_progress resp_parse_kind(span input, span line, struct resp_element *element) {
    size_t i = 0;
    while (i < RESP_KINDS && resp_kinds[i].mark != line.data[0]) {
        i++;
    }
    if (i == RESP_KINDS || resp_is_null(line)) {
        element->kind = RESP_NULL;
        element->text.size = 0;
        return i < RESP_KINDS ? RESP_DONE : RESP_BAD;
    }
    element->kind = (enum resp_kind)resp_kinds[i].kind;
    element->is_aside = resp_kinds[i].is_aside;
    if (resp_kinds[i].is_bulk) {
        return resp_parse_bulk(input, element);
    }
    bool is_valid =
        element->kind != RESP_INTEGER || resp_parse_integer(element->text, &element->number);
    if (resp_kinds[i].children > 0) {
        is_valid = number_parse(element->text, 10, LIMIT_REDIS_REPLY, &element->children);
        element->children *= resp_kinds[i].children;
        element->text.size = 0;
    }
    return is_valid ? RESP_DONE : RESP_BAD;
}

static enum resp_progress resp_parse_element(span input, struct resp_element *element) {
    size_t end = span_find(input, '\r');
    if (end > LIMIT_REDIS_LINE) {
        return RESP_BAD;
    }
    if (input.size - end < 2) {
        return RESP_MORE;
    }
    if (end == 0 || input.data[end + 1] != '\n') {
        return RESP_BAD;
    }
    *element = (struct resp_element){.text = span_cut(input, 1, end), .size = end + 2};
    return resp_parse_kind(input, span_cut(input, 0, end), element);
}

/* Where an element stands decides what is to come after it. */
static bool resp_count(struct resp_parser *parser, span input, const struct resp_element *element) {
    uint64_t *pending = parser->has_reply ? &parser->rest : &parser->skipped;
    if (element->is_aside) {
        *pending += element->children;
    } else if (*pending > 0) {
        *pending += element->children - 1;
    } else {
        parser->has_reply = true;
        parser->rest = element->children;
        parser->kind = element->kind;
        parser->number = element->number;
        parser->start = (size_t)(element->text.data - input.data);
        parser->end = parser->start + element->text.size;
    }
    parser->at += element->size;
    return *pending <= LIMIT_REDIS_REPLY && parser->rest <= LIMIT_REDIS_REPLY;
}

enum resp_progress resp_parse(struct resp_parser *parser, span input, struct resp_reply *reply) {
    while (!parser->has_reply || parser->rest > 0) {
        struct resp_element element;
        enum resp_progress progress =
            resp_parse_element(span_cut(input, parser->at, input.size), &element);
        if (progress != RESP_DONE) {
            return progress;
        }
        if (!resp_count(parser, input, &element)) {
            return RESP_BAD;
        }
    }
    *reply = (struct resp_reply){.kind = parser->kind,
                                 .number = parser->number,
                                 .text = span_cut(input, parser->start, parser->end)};
    return RESP_DONE;
}
