/* Fills a pinetoken_error where the fault is seen: a message (what: why) and, apart from it,
 * advice (what to do). A message is put together from texts of ours or of the C library
 * (strerror), numbers, and foreign text through the escaper. Advice takes only texts of ours, so
 * that nothing from the network can become advice or push it out. What does not fit is cut. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/buffer.h"

/* A message in parts: error_set_parts(error, status, ERROR_PARTS(name, ": given twice"), ""). */
#define ERROR_PARTS(...) ((const char *const[]){__VA_ARGS__, NULL})
/* Room for error_line. */
#define ERROR_LINE_CAPACITY (PINETOKEN_MESSAGE_CAPACITY + PINETOKEN_ADVICE_CAPACITY + 4u)

/* Every fact forgotten, both texts empty, the status OK. */
void error_clear(pinetoken_error *error);

/* A new error, complete; "": no advice that would help. Always false, so that failing is one line:
 * `return error_set(error, PINETOKEN_PROTOCOL, "...", "...");` */
bool error_set(pinetoken_error *error, pinetoken_status status, const char *message,
               const char *advice);
bool error_set_parts(pinetoken_error *error, pinetoken_status status, const char *const parts[],
                     const char *advice);
/* INTERNAL: "WHAT: out of memory". False. */
bool error_out_of_memory(const char *what, pinetoken_error *error);
/* A fault in input at a byte: "TEXT at byte OFFSET", with the fact `offset` set too. False. */
bool error_at(pinetoken_error *error, pinetoken_status status, const char *text, size_t offset);

/* A new error with the start of its message, which error_add continues. */
void error_begin(pinetoken_error *error, pinetoken_status status, const char *text);
void error_add(pinetoken_error *error, const char *text);
void error_add_number(pinetoken_error *error, int64_t number);
/* Foreign text, escaped, cut at LIMIT_QUOTE bytes, in double quotes. */
void error_add_quoted(pinetoken_error *error, span text);
/* Replaces the advice; "": none. False, like error_set. */
bool error_advise(pinetoken_error *error, const char *advice);
bool error_advise_parts(pinetoken_error *error, const char *const parts[]);

/* "message (advice)": the one place where both are joined. */
void error_line(const pinetoken_error *error, struct buffer *out);

#endif
