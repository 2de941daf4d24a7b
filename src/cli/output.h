/* Standard output: one write, checked. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "base/limits.h"
#include "cli/options.h"

/* The longest token, what the formats put around it, and a line end. */
#define OUTPUT_MAX (LIMIT_TOKEN + 256u)
/* A line in the format, to out[0..OUTPUT_MAX); its size. */
size_t output_format(const pinetoken_token *token, enum format format, char *out);
/* LOCAL: not all of it could be written. */
PINETOKEN_MUST_USE bool output_token(const pinetoken_token *token, enum format format,
                                     pinetoken_error *error);
PINETOKEN_MUST_USE bool output_text(const char *text, size_t size, pinetoken_error *error);
/* False: standard output failed with errno `number`. */
bool output_fail(int number, pinetoken_error *error);

#endif
