#include "doctor/summary.h"

#include <string.h>

/* A fact that matters, by its name, and what stands around its number and text. */
struct summary_row {
    char name[28];
    char before[14];
    char after[4];
};

static const struct summary_row summary_rows[] = {
    {.name = "program.version"},
    {.name = "program.date", .before = "of "},
    {.name = "clock.now"},
    {.name = "entropy.state"},
    {.name = "credentials.client_id"},
    {.name = "credentials.client_secret"},
    {.name = "cache.state"},
    {.name = "cache.hit", .before = "a token for ", .after = " s"},
    {.name = "cache.shared_state", .before = "server has "},
    {.name = "cache.shared_hit", .before = "shared for ", .after = " s"},
    {.name = "sandbox"},
    {.name = "dns.lookup"},
    {.name = "dns.override"},
    {.name = "dns.address"},
    {.name = "tcp.connected"},
    {.name = "proxy.tunnel", .before = "tunnel to "},
    {.name = "tls.version"},
    {.name = "tls.group"},
    {.name = "tls.valid_until", .before = "valid until "},
    {.name = "http.response"},
    {.name = "oauth.expires_in", .before = "a token for ", .after = " s"},
};

static size_t summary_count(const struct report *report, size_t visit, const char *name) {
    struct fact fact;
    size_t count = 0;
    for (size_t i = 0; i < report_facts(report); i++) {
        report_read(report, i, &fact);
        count += fact.visit == visit && strcmp(fact.name, name) == 0 ? 1 : 0;
    }
    return count;
}

static void summary_append_value(struct buffer *out, const struct fact *fact) {
    if (fact->number >= 0) {
        buffer_append_signed(out, fact->number);
        buffer_append_text(out, fact->text[0] != '\0' ? " " : "");
    }
    buffer_append_text(out, fact->text);
}

/* One value, or how many there are: "2 addresses". */
static void summary_append_row(struct buffer *out, const struct report *report, size_t visit,
                               const struct summary_row *row) {
    struct fact fact;
    if (!report_find(report, visit, row->name, &fact)) {
        return;
    }
    size_t count = summary_count(report, visit, row->name);
    buffer_append_text(out, row->before);
    if (count > 1 && strcmp(row->name, "dns.address") == 0) {
        buffer_append_number(out, count);
        buffer_append_text(out, " addresses");
    } else {
        summary_append_value(out, &fact);
    }
    buffer_append_text(out, row->after);
}

/* Every fact of the step. */
static void summary_append_list(struct buffer *out, const struct report *report, size_t visit) {
    const char *separator = "";
    for (size_t i = 0; i < report_facts(report); i++) {
        struct fact fact;
        report_read(report, i, &fact);
        if (fact.visit == visit) {
            buffer_append_cut(out, span_text(separator));
            buffer_append_cut(out, span_text(fact.text));
            separator = ", ";
        }
    }
}

void summary_append(struct buffer *out, const struct report *report, size_t visit) {
    char data[400];
    char before[400];
    struct buffer last;
    if (report_visit(report, visit).step == DOCTOR_OPTIONS) {
        summary_append_list(out, report, visit);
        return;
    }
    buffer_init(&last, before, sizeof before);
    for (size_t i = 0; i < sizeof summary_rows / sizeof summary_rows[0]; i++) {
        struct buffer part;
        buffer_init(&part, data, sizeof data);
        summary_append_row(&part, report, visit, &summary_rows[i]);
        /* An address in place of a name is its own address. */
        if (part.size > 0 && !span_equal(buffer_span(&part), buffer_span(&last))) {
            buffer_append_text(out, last.size > 0 ? ", " : "");
            buffer_append_cut(out, buffer_span(&part));
            buffer_init(&last, before, sizeof before);
            buffer_append(&last, buffer_span(&part));
        }
    }
}
