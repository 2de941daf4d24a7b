#include "cli/output.h"

#include "base/error.h"
#include "os/io.h"
#include "json/writer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool output_fail(int number, pinetoken_error *error) {
    return error_set_parts(error, PINETOKEN_LOCAL,
                           ERROR_PARTS("standard output: cannot be written: ", strerror(number)),
                           "check where it leads");
}

bool output_text(const char *text, size_t size, pinetoken_error *error) {
    return io_write(STDOUT_FILENO, text, size) || output_fail(errno, error);
}

/* Negative: unknown, which JSON calls null. */
static void output_append_number(struct json_writer *writer, span name, int64_t number) {
    if (number < 0) {
        json_name(writer, name);
        json_null(writer);
    } else {
        json_member_number(writer, name, number);
    }
}

/* A token has no byte that would need an escape (RFC 6750 2.1). */
static void output_append_json(const pinetoken_token *token, struct buffer *out) {
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_object_begin(&writer);
    json_member_string(&writer, SPAN("access_token"), token->access_token);
    json_member_string(&writer, SPAN("token_type"), SPAN("Bearer"));
    output_append_number(&writer, SPAN("expires_in"), token->expires_in);
    output_append_number(&writer, SPAN("expires_at"), token->expires_at);
    json_object_end(&writer);
}

size_t output_format(const pinetoken_token *token, enum format format, char *out) {
    /* Around a token, whose characters have no meaning in the quotes of a shell or of curl. */
    static const struct {
        const char *before;
        const char *after;
    } frames[] = {
        [FORMAT_RAW] = {.before = "", .after = "\n"},
        [FORMAT_JSON] = {.before = "", .after = "\n"},
        [FORMAT_HEADER] = {.before = "Authorization: Bearer ", .after = "\n"},
        [FORMAT_ENV] = {.before = "PINECONE_ACCESS_TOKEN='", .after = "'\n"},
        [FORMAT_CURL] = {.before = "header = \"Authorization: Bearer ", .after = "\"\n"},
    };
    struct buffer line;
    buffer_init(&line, out, OUTPUT_MAX);
    buffer_append_text(&line, frames[format].before);
    if (format == FORMAT_JSON) {
        output_append_json(token, &line);
    } else {
        buffer_append(&line, token->access_token);
    }
    buffer_append_text(&line, frames[format].after);
    return line.size;
}

bool output_token(const pinetoken_token *token, enum format format, pinetoken_error *error) {
    char data[OUTPUT_MAX];
    size_t size = output_format(token, format, data);
    bool written = output_text(data, size, error);
    explicit_bzero(data, sizeof data);
    return written;
}
