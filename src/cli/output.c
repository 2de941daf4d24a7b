#include "output.h"

#include "fail.h"
#include "text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The longest token and what the formats put around it. */
#define OUTPUT_MOST (16384 + 256)

bool output_text(const char *text, size_t size, pinetoken_error *error) {
    size_t at = 0;
    while (at < size) {
        ssize_t written = write(STDOUT_FILENO, text + at, size - at);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return FAIL(error, PINETOKEN_LOCAL,
                        "standard output: cannot be written: ", strerror(errno),
                        " (check where it leads)");
        }
        at += (size_t)written;
    }
    return true;
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

bool output_token(const pinetoken_token *token, enum format format, pinetoken_error *error) {
    char data[OUTPUT_MOST];
    struct text out;
    text_init(&out, data, sizeof data);
    text_append(&out, frames[format].before);
    text_append_bytes(&out, token->access_token.data, token->access_token.size);
    if (format == FORMAT_JSON) {
        append_json_rest(&out, token);
    } else {
        text_append(&out, frames[format].behind);
    }
    text_append(&out, "\n");
    bool written = output_text(out.data, out.size, error);
    explicit_bzero(data, sizeof data);
    return written;
}
