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
static enum resp_progress resp_parse_bulk(span input, span line, struct resp_element *element) {
    uint64_t size = 0;
    if (line.data[0] == '$' && span_equal(line, SPAN("$-1"))) {
        element->kind = RESP_NULL;
        element->text.size = 0;
        return RESP_DONE;
    }
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

/* "*3": `each` elements for one that is counted. */
static enum resp_progress resp_parse_aggregate(span line, uint64_t each,
                                               struct resp_element *element) {
    if (span_equal(line, SPAN("*-1"))) {
        element->kind = RESP_NULL;
    } else if (!number_parse(element->text, 10, LIMIT_REDIS_REPLY, &element->children)) {
        return RESP_BAD;
    }
    element->children *= each;
    element->text.size = 0;
    return RESP_DONE;
}

static enum resp_progress resp_parse_kind(span input, span line, struct resp_element *element) {
    element->kind = RESP_OTHER;
    switch (line.data[0]) {
        case '+': element->kind = RESP_TEXT; return RESP_DONE;
        case '-': element->kind = RESP_ERROR; return RESP_DONE;
        case ':':
            element->kind = RESP_INTEGER;
            return resp_parse_integer(element->text, &element->number) ? RESP_DONE : RESP_BAD;
        case '_': element->kind = RESP_NULL; return line.size == 1 ? RESP_DONE : RESP_BAD;
        case '#':
        case ',':
        case '(': return RESP_DONE;
        case '$': element->kind = RESP_TEXT; return resp_parse_bulk(input, line, element);
        case '!': element->kind = RESP_ERROR; return resp_parse_bulk(input, line, element);
        case '=': return resp_parse_bulk(input, line, element);
        case '*':
        case '~': return resp_parse_aggregate(line, 1, element);
        case '%': return resp_parse_aggregate(line, 2, element);
        case '>': element->is_aside = true; return resp_parse_aggregate(line, 1, element);
        case '|': element->is_aside = true; return resp_parse_aggregate(line, 2, element);
        default: return RESP_BAD;
    }
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
        parser->start = element->text.size > 0 ? (size_t)(element->text.data - input.data) : 0;
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
