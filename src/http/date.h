/* HTTP-date (RFC 9110 5.6.7): the one format in use, and the two obsolete ones that must be taken.
 */
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include "base/span.h"

/* Seconds since 1970. The day of the week is not compared with the date. False: none of the three
 * formats, or no such date. */
PINETOKEN_MUST_USE bool date_parse(span text, int64_t *seconds);

#endif
