/* The calendar of UTC (proleptic Gregorian), without the C library's time zones. */
#ifndef BASE_CALENDAR_H
#define BASE_CALENDAR_H

#include <stdint.h>

struct calendar {
    int64_t year;
    int month; /* 1 to 12 */
    int day;   /* 1 to 31 */
    int hour;
    int minute;
    int second;
};

/* Seconds since 1970, before it too, as a date; within a million years of it. */
void calendar_from_unix(int64_t seconds, struct calendar *calendar);
/* The other way; a day or time beyond its month's or day's end counts on into the next. */
int64_t calendar_to_unix(const struct calendar *calendar);

#define CALENDAR_TEXT 21u
/* "2026-11-24 13:05 UTC", NUL-terminated, for a year of four digits at most. */
void calendar_write(const struct calendar *calendar, char out[CALENDAR_TEXT]);
/* Unix time the same way; before the year 0 or after 9999 as the first or last minute of them. */
void calendar_write_unix(int64_t seconds, char out[CALENDAR_TEXT]);

#endif
