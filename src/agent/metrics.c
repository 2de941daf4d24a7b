#include "agent/metrics.h"

#include "base/buffer.h"
#include "os/file.h"

#define METRICS_SIZE_MAX 3072

static void metrics_describe(struct buffer *out, const char *name, const char *type,
                             const char *help) {
    buffer_append_text(out, "# HELP pinetoken_");
    buffer_append_text(out, name);
    buffer_append_text(out, help);
    buffer_append_text(out, "\n# TYPE pinetoken_");
    buffer_append_text(out, name);
    buffer_append_text(out, type);
}

static void metrics_append_gauge(struct buffer *out, const char *name, const char *help,
                                 int64_t value) {
    metrics_describe(out, name, " gauge\n", help);
    buffer_append_text(out, "pinetoken_");
    buffer_append_text(out, name);
    buffer_append_byte(out, ' ');
    buffer_append_signed(out, value);
    buffer_append_byte(out, '\n');
}

static void metrics_append_fetches(struct buffer *out, const struct metrics *metrics) {
    metrics_describe(out, "fetches_total", " counter\n", " Fetches, by their result.");
    for (int status = 0; status <= PINETOKEN_UNAVAILABLE; status++) {
        buffer_append_text(out, "pinetoken_fetches_total{status=\"");
        buffer_append_text(out, pinetoken_status_name((pinetoken_status)status));
        buffer_append_text(out, "\"} ");
        buffer_append_number(out, metrics->fetches[status]);
        buffer_append_byte(out, '\n');
    }
}

bool metrics_write(const struct metrics *metrics, const char *path, pinetoken_error *error) {
    char data[METRICS_SIZE_MAX];
    struct buffer out;
    const struct file_attributes attributes = {
        .mode = 0644, .owner = -1, .group = -1, .modified_at = -1};
    buffer_init(&out, data, sizeof data);
    metrics_append_gauge(&out, "token_obtained_timestamp_seconds",
                         " When the token was obtained; 0: none.", metrics->obtained_at);
    metrics_append_gauge(&out, "token_expires_timestamp_seconds",
                         " When the token expires; -1: unknown.", metrics->expires_at);
    metrics_append_gauge(&out, "next_fetch_timestamp_seconds", " When the next fetch is due.",
                         metrics->renews_at);
    metrics_append_gauge(&out, "failures", " Fetches that failed since the last that succeeded.",
                         metrics->failures);
    metrics_append_fetches(&out, metrics);
    return file_write_atomically(path, buffer_span(&out), &attributes, error);
}
