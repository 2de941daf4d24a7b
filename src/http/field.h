/* Character sets of HTTP fields (RFC 9110 5.1, 5.5). */
#ifndef HTTP_FIELD_H
#define HTTP_FIELD_H

#include "base/span.h"

/* tchar, RFC 9110 5.6.2. */
bool field_is_name_byte(char c);
/* VCHAR, obs-text, SP, HTAB: what may stand in a value. CR, LF, NUL and the other controls may not.
 */
bool field_is_value_byte(char c);
/* One tchar or more. */
bool field_is_name(span name);
/* The next part of a list, without the blanks around it, up to a ',' or ';' that is not within
 * quotes, off *text; *separator is the byte after it, ',' at the end. */
span field_take_part(span *text, char *separator);
/* The next value of the fields called `name` off the lines of *head: several of them are one list
 * (RFC 9110 5.3). False: there are no more. */
bool field_take_value(span *head, span name, span *value);
/* Any number of value bytes. */
bool field_is_value(span value);

#endif
