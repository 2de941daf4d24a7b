#include "base/calendar.h"

#include "base/limits.h"

#include <string.h>

#define DAY INT64_C(86400)
/* Days of 400 years, of 100 of them without their last 29 February, of 4 and of 1. */
#define DAYS_400 146097
#define DAYS_100 36524
#define DAYS_4 1461
#define DAYS_1 365

/* Years count from 1 March, so that a leap day is a year's last: then the months have the lengths
 * 31, 30, 31, 30, 31 over and over, 153 days for each five. */
static void calendar_set_date(int64_t days, struct calendar *calendar) {
    /* From 1 March of the year 0. */
    days += 719468;
    int64_t era = (days >= 0 ? days : days - (DAYS_400 - 1)) / DAYS_400;
    int64_t day = days - era * DAYS_400;
    int64_t year = (day - day / (DAYS_4 - 1) + day / DAYS_100 - day / (DAYS_400 - 1)) / DAYS_1;
    day -= DAYS_1 * year + year / 4 - year / 100;
    int64_t month = (5 * day + 2) / 153;
    calendar->day = (int)(day - (153 * month + 2) / 5 + 1);
    calendar->month = (int)(month < 10 ? month + 3 : month - 9);
    calendar->year = era * 400 + year + (calendar->month <= 2 ? 1 : 0);
}

void calendar_from_unix(int64_t seconds, struct calendar *calendar) {
    int64_t days = seconds / DAY;
    int64_t rest = seconds % DAY;
    if (rest < 0) {
        rest += DAY;
        days--;
    }
    calendar_set_date(days, calendar);
    calendar->hour = (int)(rest / 3600);
    calendar->minute = (int)(rest / 60 % 60);
    calendar->second = (int)(rest % 60);
}

int64_t calendar_to_unix(const struct calendar *calendar) {
    int64_t year = calendar->year - (calendar->month <= 2 ? 1 : 0);
    int64_t month = calendar->month <= 2 ? calendar->month + 9 : calendar->month - 3;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    year -= era * 400;
    int64_t days = era * DAYS_400 + year * DAYS_1 + year / 4 - year / 100 + (153 * month + 2) / 5 +
                   calendar->day - 1 - 719468;
    return days * DAY + calendar->hour * INT64_C(3600) + calendar->minute * INT64_C(60) +
           calendar->second;
}

static char *calendar_write_digits(char *out, int digits, int number, char next) {
    for (int i = digits; i > 0; i--) {
        out[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    out[digits] = next;
    return out + digits + 1;
}

void calendar_write(const struct calendar *calendar, char out[CALENDAR_TEXT]) {
    char *at = calendar_write_digits(out, 4, (int)calendar->year, '-');
    at = calendar_write_digits(at, 2, calendar->month, '-');
    at = calendar_write_digits(at, 2, calendar->day, ' ');
    at = calendar_write_digits(at, 2, calendar->hour, ':');
    at = calendar_write_digits(at, 2, calendar->minute, ' ');
    memcpy(at, "UTC", sizeof "UTC");
}

void calendar_write_unix(int64_t seconds, char out[CALENDAR_TEXT]) {
    const int64_t first = -INT64_C(62167219200);
    const int64_t last = LIMIT_UNIX_TIME;
    struct calendar calendar;
    calendar_from_unix(seconds < first ? first : seconds > last ? last : seconds, &calendar);
    calendar_write(&calendar, out);
}
