#include "http/date.h"

#include "base/calendar.h"
#include "base/number.h"

/* What does not fit is sticky: read flat, ask once at the end. */
struct reader {
    span text;
    size_t at;
    bool bad;
};

static span date_take(struct reader *reader, size_t size) {
    if (reader->bad || size > reader->text.size - reader->at) {
        reader->bad = true;
        return (span){NULL, 0};
    }
    reader->at += size;
    return span_cut(reader->text, reader->at - size, reader->at);
}

static void date_take_literal(struct reader *reader, span literal) {
    if (!span_equal(date_take(reader, literal.size), literal)) {
        reader->bad = true;
    }
}

static int date_take_number(struct reader *reader, size_t digits) {
    uint64_t number = 0;
    if (!number_parse(date_take(reader, digits), 10, 9999, &number)) {
        reader->bad = true;
    }
    return (int)number;
}

static int date_take_month(struct reader *reader) {
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    span month = date_take(reader, 3);
    for (int i = 0; i < 12; i++) {
        if (span_equal(month, (span){names + (size_t)i * 3, 3})) {
            return i + 1;
        }
    }
    reader->bad = true;
    return 0;
}

static void date_take_time(struct reader *reader, struct calendar *calendar) {
    calendar->hour = date_take_number(reader, 2);
    date_take_literal(reader, SPAN(":"));
    calendar->minute = date_take_number(reader, 2);
    date_take_literal(reader, SPAN(":"));
    calendar->second = date_take_number(reader, 2);
}

/* "06 Nov 1994 08:49:37 GMT", after the name of the day: IMF-fixdate. */
static void date_take_fixdate(struct reader *reader, struct calendar *calendar) {
    calendar->day = date_take_number(reader, 2);
    date_take_literal(reader, SPAN(" "));
    calendar->month = date_take_month(reader);
    date_take_literal(reader, SPAN(" "));
    calendar->year = date_take_number(reader, 4);
    date_take_literal(reader, SPAN(" "));
    date_take_time(reader, calendar);
    date_take_literal(reader, SPAN(" GMT"));
}

/* "06-Nov-94 08:49:37 GMT": rfc850-date. Two digits of a year are of this century: what is more
 * than 50 years ahead would be meant as past, and both are as good as no date here. */
static void date_take_rfc850(struct reader *reader, struct calendar *calendar) {
    calendar->day = date_take_number(reader, 2);
    date_take_literal(reader, SPAN("-"));
    calendar->month = date_take_month(reader);
    date_take_literal(reader, SPAN("-"));
    calendar->year = 2000 + date_take_number(reader, 2);
    date_take_literal(reader, SPAN(" "));
    date_take_time(reader, calendar);
    date_take_literal(reader, SPAN(" GMT"));
}

/* "Nov  6 08:49:37 1994": asctime-date. */
static void date_take_asctime(struct reader *reader, struct calendar *calendar) {
    calendar->month = date_take_month(reader);
    date_take_literal(reader, SPAN(" "));
    bool one_digit = reader->at < reader->text.size && reader->text.data[reader->at] == ' ';
    date_take_literal(reader, one_digit ? SPAN(" ") : SPAN(""));
    calendar->day = date_take_number(reader, one_digit ? 1 : 2);
    date_take_literal(reader, SPAN(" "));
    date_take_time(reader, calendar);
    date_take_literal(reader, SPAN(" "));
    calendar->year = date_take_number(reader, 4);
}

/* A leap second is one more (RFC 9110 5.6.7 allows 60). */
static bool date_is_valid(const struct calendar *calendar) {
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
    (void)date_take(&reader, day_name);
    date_take_literal(&reader, has_comma ? SPAN(", ") : SPAN(" "));
    if (!has_comma) {
        date_take_asctime(&reader, &calendar);
    } else if (comma == 3) {
        date_take_fixdate(&reader, &calendar);
    } else {
        date_take_rfc850(&reader, &calendar);
    }
    if (reader.bad || reader.at < text.size || !date_is_valid(&calendar)) {
        return false;
    }
    *seconds = calendar_to_unix(&calendar);
    return true;
}
