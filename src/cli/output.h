/* Standard output: one write, checked. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli/options.h"

/* The longest token and what the formats put around it. */
#define OUTPUT_MAX (16384u + 256u)
/* A line by the format, to out[0..OUTPUT_MAX). */
size_t output_format(const pinetoken_token *token, enum format format, char *out);
/* LOCAL where it cannot be written whole. */
PINETOKEN_MUST_USE bool output_token(const pinetoken_token *token, enum format format,
                                     pinetoken_error *error);
PINETOKEN_MUST_USE bool output_text(const char *text, size_t size, pinetoken_error *error);

#endif
