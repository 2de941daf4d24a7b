#include "doctor/report_json.h"

#include "os/io.h"
#include "json/writer.h"

/* A full record, and more. */
#define REPORT_JSON_MAX 131072u

static void report_json_fact(struct json_writer *writer, const struct fact *fact) {
    json_object_begin(writer);
    json_member_string(writer, SPAN("name"), span_text(fact->name));
    json_member_number(writer, SPAN("at_ms"), fact->at_ms);
    if (fact->is_warning != 0) {
        json_member_string(writer, SPAN("message"), span_text(fact->text));
        json_member_string(writer, SPAN("advice"), span_text(fact->advice));
    } else if (fact->text[0] != '\0') {
        json_member_string(writer, SPAN("text"), span_text(fact->text));
    }
    if (fact->number >= 0) {
        json_member_number(writer, SPAN("number"), fact->number);
    }
    json_object_end(writer);
}

/* The facts, or the warnings, of a step. */
static void report_json_facts(struct json_writer *writer, const struct report *report,
                              enum doctor_step step, bool is_warning) {
    struct fact fact;
    json_array_begin(writer);
    for (size_t i = 0; i < report_facts(report); i++) {
        report_read(report, i, &fact);
        if (report_visit(report, fact.visit).step == step && (fact.is_warning != 0) == is_warning) {
            report_json_fact(writer, &fact);
        }
    }
    json_array_end(writer);
}

/* The last visit to a step, counted from 1; 0: it was not reached. */
static size_t report_json_last_visit(const struct report *report, enum doctor_step step) {
    size_t last = report_visits(report);
    while (last > 0 && report_visit(report, last - 1).step != step) {
        last--;
    }
    return last;
}

static span report_json_state(const struct report *report, size_t last) {
    if (last == 0) {
        return SPAN("skipped");
    }
    if (report->failure != NULL && last == report_visits(report)) {
        return SPAN("failed");
    }
    return report_has_warning(report, last - 1) ? SPAN("warning") : SPAN("ok");
}

static void report_json_step(struct json_writer *writer, const struct report *report,
                             enum doctor_step step) {
    size_t last = report_json_last_visit(report, step);
    json_object_begin(writer);
    json_member_string(writer, SPAN("step"), span_text(report_step_name(step)));
    json_member_string(writer, SPAN("state"), report_json_state(report, last));
    if (last > 0) {
        struct visit visit = report_visit(report, last - 1);
        json_member_number(writer, SPAN("start_ms"), visit.start_ms);
        json_member_number(writer, SPAN("took_ms"), visit.end_ms - visit.start_ms);
    }
    json_name(writer, SPAN("facts"));
    report_json_facts(writer, report, step, false);
    json_name(writer, SPAN("warnings"));
    report_json_facts(writer, report, step, true);
    json_object_end(writer);
}

static void report_json_result(struct json_writer *writer, const struct report *report) {
    const pinetoken_error *failure = report->failure;
    pinetoken_status status = failure != NULL ? failure->status : PINETOKEN_OK;
    json_member_string(writer, SPAN("status"), span_text(pinetoken_status_name(status)));
    json_member_number(writer, SPAN("code"), (int64_t)status);
    if (failure != NULL) {
        json_member_string(writer, SPAN("message"), span_text(failure->message));
        json_member_string(writer, SPAN("advice"), span_text(failure->advice));
    }
}

bool report_json_write(const struct report *report, int out) {
    static char data[REPORT_JSON_MAX];
    struct buffer buffer;
    struct json_writer writer;
    buffer_init(&buffer, data, sizeof data);
    json_writer_init(&writer, &buffer);
    json_object_begin(&writer);
    report_json_result(&writer, report);
    json_name(&writer, SPAN("steps"));
    json_array_begin(&writer);
    for (int step = 0; step < DOCTOR_STEPS; step++) {
        report_json_step(&writer, report, (enum doctor_step)step);
    }
    json_array_end(&writer);
    json_object_end(&writer);
    buffer_append_byte(&buffer, '\n');
    return json_writer_end(&writer) && io_write(out, buffer.data, buffer.size);
}
