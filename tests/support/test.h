/* What every unit test begins with. */
#ifndef SUPPORT_TEST_H
#define SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/span.h"

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

#define assert_message(error, part)                                        \
    do {                                                                   \
        if (strstr((error).message, part) == NULL) {                       \
            fail_msg("\"%s\" does not say \"%s\"", (error).message, part); \
        }                                                                  \
    } while (0)

#endif
