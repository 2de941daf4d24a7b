#include "doctor/checks.h"

#include "base/buffer.h"
#include "base/calendar.h"
#include "base/number.h"
#include "http/date.h"
#include "os/clock.h"

#include <string.h>

#define DAY INT64_C(86400)
/* A release a year is what most programs have at least. Seconds. */
#define PROGRAM_AGE_MAX (730 * DAY)
/* Mozilla changes its roots several times a year. Seconds. */
#define ROOTS_AGE_MAX (365 * DAY)
/* What NTP never leaves. Seconds. */
#define CLOCK_SKEW_MAX 60
/* Automatic renewal happens earlier, so it has probably failed. Seconds. */
#define CERTIFICATE_LEFT_MIN (14 * DAY)
#define MESSAGE_MAX 128u

void checks_init(struct checks *checks, struct report *report) {
    *checks = (struct checks){.report = report, .now = clock_unix()};
}

/* The day of "2026-11-24" or "2026-11-24 13:05 UTC", at its beginning; -1: it is neither. */
static int64_t checks_day(span text) {
    uint64_t year = 0;
    uint64_t month = 0;
    uint64_t day = 0;
    if (text.size < 10 || !number_parse(span_cut(text, 0, 4), 10, 9999, &year) ||
        !number_parse(span_cut(text, 5, 7), 10, 12, &month) ||
        !number_parse(span_cut(text, 8, 10), 10, 31, &day)) {
        return -1;
    }
    const struct calendar calendar = {.year = (int64_t)year, .month = (int)month, .day = (int)day};
    return calendar_to_unix(&calendar);
}

/* A warning with a number between two texts. */
static void checks_warn(const struct checks *checks, const char *name, const char *const message[2],
                        int64_t number, const char *advice) {
    char data[MESSAGE_MAX];
    struct buffer out;
    buffer_init(&out, data, sizeof data);
    buffer_append_text(&out, message[0]);
    buffer_append_signed(&out, number);
    buffer_append_text(&out, message[1]);
    report_warning(checks->report, name, buffer_span(&out), advice);
}

void checks_program(const struct checks *checks) {
    pinetoken_build build;
    pinetoken_build_info(&build);
    int64_t age = checks->now - checks_day(span_text(build.date));
    if (age > PROGRAM_AGE_MAX) {
        checks_warn(checks, "program.old", (const char *const[]){"this program is ", " days old"},
                    age / DAY, "install a newer version, or set the clock");
    }
}

void checks_clock(const struct checks *checks) {
    pinetoken_build build;
    pinetoken_build_info(&build);
    if (checks->now < checks_day(span_text(build.date))) {
        report_warning(checks->report, "clock.older_than_program",
                       SPAN("the clock is older than this program"), "set the clock");
    }
}

static void checks_roots(const struct checks *checks, span origin) {
    pinetoken_build build;
    pinetoken_build_info(&build);
    int64_t age = checks->now - checks_day(span_text(build.roots_date));
    if (span_equal(origin, SPAN("built in")) && age > ROOTS_AGE_MAX) {
        checks_warn(checks, "tls.roots_old",
                    (const char *const[]){"the built-in roots are ", " days old"}, age / DAY,
                    "install a newer version, or use the system's with --ca system");
    }
}

static void checks_certificate(const struct checks *checks, int64_t valid_until) {
    int64_t left = valid_until - checks->now;
    if (valid_until >= 0 && left >= 0 && left < CERTIFICATE_LEFT_MIN &&
        left < (valid_until - checks->valid_from) / 3) {
        checks_warn(checks, "tls.expires_soon",
                    (const char *const[]){"the certificate expires in ", " days"}, left / DAY,
                    "whoever runs the server must renew it");
    }
}

/* The response's Date, compared with the clock. */
static void checks_date(const struct checks *checks, span date) {
    int64_t seconds = 0;
    if (!date_parse(date, &seconds)) {
        return;
    }
    int64_t skew = clock_unix() - seconds;
    if (skew > CLOCK_SKEW_MAX || skew < -CLOCK_SKEW_MAX) {
        checks_warn(checks, "clock.skewed",
                    (const char *const[]){"the clock is ", skew > 0 ? " s ahead of the server's"
                                                                    : " s behind the server's"},
                    skew > 0 ? skew : -skew, "set the clock (NTP)");
    }
}

void checks_event(struct checks *checks, const pinetoken_event *event) {
    if (strcmp(event->name, "tls.roots") == 0) {
        checks_roots(checks, event->text);
    } else if (strcmp(event->name, "tls.valid_from") == 0) {
        checks->valid_from = checks_day(event->text);
    } else if (strcmp(event->name, "tls.valid_until") == 0) {
        checks_certificate(checks, checks_day(event->text));
    } else if (strcmp(event->name, "http.date") == 0) {
        checks_date(checks, event->text);
    }
}
