#include "cli/output.h"

#include "base/error.h"
#include "base/text.h"
#include "os/io.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool output_text(const char *text, size_t size, pinetoken_error *error) {
    return io_write(STDOUT_FILENO, text, size) ||
           error_set_parts(error, PINETOKEN_LOCAL,
                           ERROR_PARTS("standard output: cannot be written: ", strerror(errno)),
                           "check where it leads");
}

/* JSON has no "unknown" but null. */
static void append_seconds(struct text *out, const char *before, int64_t number) {
    text_append(out, before);
    if (number < 0) {
        text_append(out, "null");
    } else {
        text_append_number(out, number);
    }
}

static void append_json_rest(struct text *out, const pinetoken_token *token) {
    append_seconds(out, "\",\"token_type\":\"Bearer\",\"expires_in\":", token->expires_in);
    append_seconds(out, ",\"expires_at\":", token->expires_at);
    text_append(out, "}");
}

/* Around a token. Its characters (RFC 6750 2.1) mean nothing to JSON, in a shell's quotes or in
 * curl's. */
static const struct {
    const char *before;
    const char *behind;
} frames[] = {
    [FORMAT_RAW] = {"", ""},
    [FORMAT_JSON] = {"{\"access_token\":\"", NULL},
    [FORMAT_HEADER] = {"Authorization: Bearer ", ""},
    [FORMAT_ENV] = {"PINECONE_ACCESS_TOKEN='", "'"},
    [FORMAT_CURL] = {"header = \"Authorization: Bearer ", "\""},
};

size_t output_format(const pinetoken_token *token, enum format format, char *out) {
    struct text text;
    text_init(&text, out, OUTPUT_MAX);
    text_append(&text, frames[format].before);
    text_append_bytes(&text, token->access_token.data, token->access_token.size);
    if (format == FORMAT_JSON) {
        append_json_rest(&text, token);
    } else {
        text_append(&text, frames[format].behind);
    }
    text_append(&text, "\n");
    return text.size;
}

bool output_token(const pinetoken_token *token, enum format format, pinetoken_error *error) {
    char data[OUTPUT_MAX];
    bool written = output_text(data, output_format(token, format, data), error);
    explicit_bzero(data, sizeof data);
    return written;
}
