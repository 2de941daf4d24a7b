/* Additional fields of a request, which its sender chooses: lines of the form "Name: value". */
#ifndef HTTP_HEADER_LINES_H
#define HTTP_HEADER_LINES_H

#include "base/buffer.h"

/* USAGE: a line of the list (NULL-terminated; NULL: empty) has no valid name or value, or a name
 * that pinetoken sets itself. */
PINETOKEN_MUST_USE bool header_lines_check(const char *const *lines, pinetoken_error *error);
/* The lines, which passed the check. */
void header_lines_append(struct buffer *out, const char *const *lines);

#endif
