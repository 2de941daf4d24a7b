/* What the values of options mean. */
#ifndef CLI_OPTION_VALUES_H
#define CLI_OPTION_VALUES_H

#include "cli/options.h"

/* From options->values to its members with a type, and what must or must not go together. False:
 * USAGE; the error names the option or variable, never its value. */
PINETOKEN_MUST_USE bool option_values_read(struct options *options, pinetoken_error *error);
PINETOKEN_MUST_USE bool option_values_read_log_format(struct options *options,
                                                      pinetoken_error *error);

#endif
