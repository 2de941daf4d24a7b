#include "http/date.h"

#include "base/calendar.h"
#include "base/number.h"

/* What does not fit is sticky: read flat, ask once at the end. */
struct reader {
    span text;
    size_t at;
    bool bad;
};

static span take(struct reader *reader, size_t size) {
    if (reader->bad || size > reader->text.size - reader->at) {
        reader->bad = true;
        return (span){NULL, 0};
    }
    reader->at += size;
    return span_cut(reader->text, reader->at - size, reader->at);
}

static void take_literal(struct reader *reader, span literal) {
    if (!span_equal(take(reader, literal.size), literal)) {
        reader->bad = true;
    }
}

static int take_number(struct reader *reader, size_t digits) {
    uint64_t number = 0;
    if (!number_parse(take(reader, digits), 10, 9999, &number)) {
        reader->bad = true;
    }
    return (int)number;
}

static int take_month(struct reader *reader) {
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    span month = take(reader, 3);
    for (int i = 0; i < 12; i++) {
        if (span_equal(month, (span){names + (size_t)i * 3, 3})) {
            return i + 1;
        }
    }
    reader->bad = true;
    return 0;
}

static void take_time(struct reader *reader, struct calendar *calendar) {
    calendar->hour = take_number(reader, 2);
    take_literal(reader, SPAN(":"));
    calendar->minute = take_number(reader, 2);
    take_literal(reader, SPAN(":"));
    calendar->second = take_number(reader, 2);
}

/* "06 Nov 1994 08:49:37 GMT", behind the name of the day: IMF-fixdate. */
static void take_fixdate(struct reader *reader, struct calendar *calendar) {
    calendar->day = take_number(reader, 2);
    take_literal(reader, SPAN(" "));
    calendar->month = take_month(reader);
    take_literal(reader, SPAN(" "));
    calendar->year = take_number(reader, 4);
    take_literal(reader, SPAN(" "));
    take_time(reader, calendar);
    take_literal(reader, SPAN(" GMT"));
}

/* "06-Nov-94 08:49:37 GMT": rfc850-date. Two digits of a year are of this century: what is more
 * than 50 years ahead would be meant as past, and both are as good as no date here. */
static void take_rfc850(struct reader *reader, struct calendar *calendar) {
    calendar->day = take_number(reader, 2);
    take_literal(reader, SPAN("-"));
    calendar->month = take_month(reader);
    take_literal(reader, SPAN("-"));
    calendar->year = 2000 + take_number(reader, 2);
    take_literal(reader, SPAN(" "));
    take_time(reader, calendar);
    take_literal(reader, SPAN(" GMT"));
}

/* "Nov  6 08:49:37 1994": asctime-date. */
static void take_asctime(struct reader *reader, struct calendar *calendar) {
    calendar->month = take_month(reader);
    take_literal(reader, SPAN(" "));
    bool one_digit = reader->at < reader->text.size && reader->text.data[reader->at] == ' ';
    take_literal(reader, one_digit ? SPAN(" ") : SPAN(""));
    calendar->day = take_number(reader, one_digit ? 1 : 2);
    take_literal(reader, SPAN(" "));
    take_time(reader, calendar);
    take_literal(reader, SPAN(" "));
    calendar->year = take_number(reader, 4);
}

/* A leap second is one more (RFC 9110 5.6.7 allows 60). */
static bool is_date(const struct calendar *calendar) {
    return calendar->day >= 1 && calendar->day <= 31 && calendar->hour <= 23 &&
           calendar->minute <= 59 && calendar->second <= 60;
}

bool date_parse(span text, int64_t *seconds) {
    struct reader reader = {.text = text};
    struct calendar calendar = {0};
    size_t comma = span_find(text, ',');
    bool has_comma = comma < text.size;
    size_t day_name = has_comma ? comma : 3;
    for (size_t i = 0; i < day_name && i < text.size; i++) {
        reader.bad = reader.bad || !ascii_is_alpha(text.data[i]);
    }
    (void)take(&reader, day_name);
    take_literal(&reader, has_comma ? SPAN(", ") : SPAN(" "));
    if (!has_comma) {
        take_asctime(&reader, &calendar);
    } else if (comma == 3) {
        take_fixdate(&reader, &calendar);
    } else {
        take_rfc850(&reader, &calendar);
    }
    if (reader.bad || reader.at < text.size || !is_date(&calendar)) {
        return false;
    }
    *seconds = calendar_to_unix(&calendar);
    return true;
}
