#include "cli/credential_shape.h"

#include "oauth/credential.h"

#define COPY_AGAIN "copy it again from where the service account was created"

span shape_without_line_end(span text) {
    if (text.size > 0 && text.data[text.size - 1] == '\n') {
        text.size--;
        text.size -= text.size > 0 && text.data[text.size - 1] == '\r' ? 1 : 0;
    }
    return text;
}

/* The mark of UTF-8, or that of UTF-16 in either byte order. */
static bool shape_has_byte_order_mark(span text) {
    return span_starts(text, SPAN("\xef\xbb\xbf")) || span_starts(text, SPAN("\xff\xfe")) ||
           span_starts(text, SPAN("\xfe\xff"));
}

static bool shape_has_line_end(span text) {
    return span_find(text, '\n') < text.size || span_find(text, '\r') < text.size;
}

static bool shape_is_quoted(span text) {
    return text.size >= 2 && (text.data[0] == '"' || text.data[0] == '\'') &&
           text.data[text.size - 1] == text.data[0];
}

/* "NAME=", as a line of an environment file begins, with the variable's own name. */
static bool shape_is_assignment(span text, const char *variable) {
    const span name = span_text(variable);
    if (span_starts(text, SPAN("export "))) {
        text = span_cut(text, 7, text.size);
    }
    return text.size > name.size && span_starts(text, name) && text.data[name.size] == '=';
}

/* "${NAME}" or "$(command)" that nobody expanded. */
static bool shape_is_reference(span text) {
    return (span_starts(text, SPAN("${")) && text.data[text.size - 1] == '}') ||
           (span_starts(text, SPAN("$(")) && text.data[text.size - 1] == ')');
}

#define SHAPE_FINE ((struct shape_finding){.fault = NULL})

static struct shape_finding shape_found(const char *fault, const char *advice) {
    return (struct shape_finding){.fault = fault, .advice = advice};
}

struct shape_finding shape_fault(span text, const char *variable) {
    if (shape_has_byte_order_mark(text)) {
        return shape_found("starts with a byte order mark", "save it as UTF-8 without one");
    }
    if (shape_has_line_end(text)) {
        return shape_found("has more than one line: a line end is a control character", COPY_AGAIN);
    }
    const char *fault = credential_fault(text);
    if (fault != NULL) {
        return shape_found(fault, COPY_AGAIN);
    }
    if (shape_is_assignment(text, variable)) {
        return shape_found("starts with NAME=", "keep only what follows the equals sign");
    }
    if (shape_is_quoted(text)) {
        return (struct shape_finding){
            .fault = "starts and ends with a quote character",
            .advice = "remove the quotes",
            .variable_advice = "remove the quotes in the environment file",
        };
    }
    return shape_is_reference(text) ? shape_found("is a reference like ${NAME}, not expanded",
                                                  "expand it where it is set")
                                    : SHAPE_FINE;
}

struct shape_finding shape_oddity(span text) {
    if (text.size > 0 && text.data[0] == ' ') {
        return shape_found("starts with a blank", "remove the blank");
    }
    return text.size > 0 && text.data[text.size - 1] == ' '
               ? shape_found("ends with a blank", "remove the blank")
               : SHAPE_FINE;
}
