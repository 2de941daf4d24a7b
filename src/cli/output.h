/* Standard output: one write, checked. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "options.h"

/* LOCAL where it cannot be written whole. */
PINETOKEN_MUST_USE bool output_token(const pinetoken_token *token, enum format format,
                                     pinetoken_error *error);
PINETOKEN_MUST_USE bool output_text(const char *text, size_t size, pinetoken_error *error);

#endif
