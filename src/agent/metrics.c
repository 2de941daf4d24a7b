#include "agent/metrics.h"

#include "base/text.h"
#include "os/file.h"

#define METRICS_MAX 3072

static void describe(struct text *out, const char *name, const char *type, const char *help) {
    text_append(out, "# HELP pinetoken_");
    text_append(out, name);
    text_append(out, help);
    text_append(out, "\n# TYPE pinetoken_");
    text_append(out, name);
    text_append(out, type);
}

static void append_gauge(struct text *out, const char *name, const char *help, int64_t value) {
    describe(out, name, " gauge\n", help);
    text_append(out, "pinetoken_");
    text_append(out, name);
    text_append(out, " ");
    text_append_number(out, value);
    text_append(out, "\n");
}

static void append_fetches(struct text *out, const struct metrics *metrics) {
    describe(out, "fetches_total", " counter\n", " Fetches, by how they ended.");
    for (int status = 0; status <= PINETOKEN_UNAVAILABLE; status++) {
        text_append(out, "pinetoken_fetches_total{status=\"");
        text_append(out, pinetoken_status_name((pinetoken_status)status));
        text_append(out, "\"} ");
        text_append_number(out, (int64_t)metrics->fetches[status]);
        text_append(out, "\n");
    }
}

bool metrics_write(const struct metrics *metrics, const char *path, pinetoken_error *error) {
    char data[METRICS_MAX];
    struct text out;
    const struct file_attributes facts = {0644, -1, -1, -1};
    text_init(&out, data, sizeof data);
    append_gauge(&out, "token_obtained_timestamp_seconds",
                 " When the token came; 0: there is none.", metrics->obtained_at);
    append_gauge(&out, "token_expires_timestamp_seconds", " When it ends; -1: not known.",
                 metrics->expires_at);
    append_gauge(&out, "next_fetch_timestamp_seconds", " When the next fetch is due.",
                 metrics->renews_at);
    append_gauge(&out, "failures", " Fetches that failed since the last that did not.",
                 metrics->failures);
    append_fetches(&out, metrics);
    return file_write_atomically(path, out.data, out.size, &facts, error);
}
