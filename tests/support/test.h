/* Included first by every unit test. */
#ifndef SUPPORT_TEST_H
#define SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The case at hand shows where a table's check fails. */
#define FOR_EACH(type, name, table) \
    for (const type *name = (table); name < (table) + COUNT(table); name++)

#define assert_span(actual, expected)                                       \
    do {                                                                    \
        span actual_ = (actual);                                            \
        span expected_ = span_text(expected);                               \
        if (!span_equal(actual_, expected_)) {                              \
            fail_msg("got \"%.*s\", not \"%s\"", (int)actual_.size,         \
                     actual_.size > 0 ? actual_.data : "", expected_.data); \
        }                                                                   \
    } while (0)

/* Whether the error, as it is printed, has `part` in it. */
static inline bool error_says(const pinetoken_error *error, const char *part) {
    char line[ERROR_LINE_CAPACITY + 1];
    struct buffer out;
    buffer_init(&out, line, sizeof line - 1);
    error_line(error, &out);
    line[out.size] = '\0';
    return strstr(line, part) != NULL;
}

#define assert_message(error, part)                                                             \
    do {                                                                                        \
        if (!error_says(&(error), part)) {                                                      \
            fail_msg("\"%s (%s)\" does not say \"%s\"", (error).message, (error).advice, part); \
        }                                                                                       \
    } while (0)

/* Its advice. */
#define assert_advice(error, part) assert_message(error, part)

#endif
