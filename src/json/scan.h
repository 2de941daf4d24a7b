/* Reads one complete JSON text that must be an object (RFC 8259) in one pass: checks all of it,
 * hands out the members asked for as spans. No allocation, no recursion, depth at most
 * LIMIT_JSON_DEPTH.
 */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include "base/span.h"

enum json_kind {
    JSON_ABSENT,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
    JSON_OBJECT,
    JSON_ARRAY
};

struct json_member {
    span name;           /* in: the name to look for, without escapes */
    enum json_kind kind; /* out; JSON_ABSENT: not in the object */
    span value; /* out: a string's text between its quotes, escapes untouched; else all of it */
};

/* In place of a name: whatever its name, the first member that is an array. */
#define JSON_FIRST_ARRAY ((span){NULL, 0})

/* Looks in the outermost object only. False: `text` is not exactly one object in valid UTF-8, or a
 * name asked for stands in it twice; *error has PINETOKEN_PROTOCOL, the rule and the byte, and the
 * members mean nothing. */
PINETOKEN_MUST_USE bool json_scan_object(span text, struct json_member *members, size_t count,
                                         pinetoken_error *error);

#endif
