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

#endif
