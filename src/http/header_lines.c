#include "http/header_lines.h"

#include "base/error.h"
#include "http/field.h"
#include "http/request.h"

/* The fields that a request of ours sends by itself, and those that would change how either message
 * is framed. */
static const char header_lines_reserved[] = "Host\0"
                                            "Content-Type\0"
                                            "Content-Length\0"
                                            "Accept\0"
                                            "User-Agent\0"
                                            "X-Pinecone-Api-Version\0"
                                            "Connection\0"
                                            "Transfer-Encoding\0"
                                            "Accept-Encoding\0"
                                            "Expect\0"
                                            "TE\0"
                                            "Trailer\0"
                                            "Upgrade\0"
                                            "Keep-Alive\0"
                                            "Proxy-Connection\0";

static bool header_lines_check_name(span name, pinetoken_error *error) {
    if (span_place(name, header_lines_reserved) == SIZE_MAX) {
        return true;
    }
    error_begin(error, PINETOKEN_USAGE, "header: pinetoken sets ");
    error_add_quoted(error, name);
    error_add(error, " itself");
    return error_advise(error, "leave it out");
}

static bool header_lines_check_one(span line, pinetoken_error *error) {
    size_t colon = span_find(line, ':');
    span name = span_cut(line, 0, colon);
    if (colon == line.size || !field_is_name(name)) {
        return error_set(error, PINETOKEN_USAGE, "header: not of the form 'Name: value'", "");
    }
    if (!field_is_value(span_cut(line, colon + 1, line.size))) {
        return error_set(error, PINETOKEN_USAGE,
                         "header: its value has a line end or another control character", "");
    }
    return header_lines_check_name(name, error);
}

bool header_lines_check(const char *const *lines, pinetoken_error *error) {
    for (; lines != NULL && *lines != NULL; lines++) {
        if (!header_lines_check_one(span_text(*lines), error)) {
            return false;
        }
    }
    return true;
}

void header_lines_append(struct buffer *out, const char *const *lines) {
    for (; lines != NULL && *lines != NULL; lines++) {
        span line = span_text(*lines);
        size_t colon = span_find(line, ':');
        request_field(out, span_cut(line, 0, colon),
                      span_trim(span_cut(line, colon + 1, line.size)));
    }
}
