/* Errors of the program's own, as the library's are: what, why, what to do. */
#ifndef BASE_FAIL_H
#define BASE_FAIL_H

#include "pinetoken.h"

/* The message is made of the strings given, one behind the other. Always false. */
#define FAIL(error, status, ...) \
    fail_with((error), (status), (const char *const[]){__VA_ARGS__, NULL})

bool fail_with(pinetoken_error *error, pinetoken_status status, const char *const parts[]);

#endif
