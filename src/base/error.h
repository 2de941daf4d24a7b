/* Fills a pinetoken_error where the fault is seen. What goes into a message is a literal, a number,
 * or foreign text by way of the escaper; there is no other door. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/span.h"

/* Every fact forgotten, the message empty, the status OK. */
void error_clear(pinetoken_error *error);
/* A new error with the start of its message. Always false, so that failing is one line:
 * `return error_set(error, PINETOKEN_PROTOCOL, "...");` */
bool error_set(pinetoken_error *error, pinetoken_status status, const char *literal);
/* More of the message; what no longer fits is dropped. All return false, like error_set. */
bool error_text(pinetoken_error *error, const char *literal);
bool error_number(pinetoken_error *error, int64_t number);
/* Foreign text, escaped, cut at LIMIT_QUOTE bytes, in double quotes. */
bool error_quote(pinetoken_error *error, span text);
/* A fault in input at a byte: "LITERAL at byte OFFSET", with the fact `offset` set too. */
bool error_at(pinetoken_error *error, pinetoken_status status, const char *literal, size_t offset);

#endif
