/* Errors of the program's own, as the library's are: what, why, what to do. */
#ifndef CLI_FAIL_H
#define CLI_FAIL_H

#include "pinetoken.h"

/* The message is made of literals, put one behind the other; NULL ends them. Always false. */
bool fail(pinetoken_error *error, pinetoken_status status, ...) __attribute__((sentinel));

#endif
