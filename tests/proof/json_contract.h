/* What the JSON scanner and decoder give, whatever the text: scan.c and string.c prove it of the
 * real ones. */
#ifndef PROOF_JSON_CONTRACT_H
#define PROOF_JSON_CONTRACT_H

#include "base/error.h"
#include "proof.h"
#include "json/scan.h"
#include "json/string.h"

static inline bool is_container(enum json_kind kind) {
    return kind == JSON_OBJECT || kind == JSON_ARRAY;
}

bool json_scan_object(span text, struct json_member *members, size_t count,
                      pinetoken_error *error) {
    if (nondet_bool()) {
        size_t offset = nondet_size();
        ASSUME(offset <= text.size);
        return error_at(error, PINETOKEN_PROTOCOL, "JSON", offset);
    }
    for (size_t i = 0; i < count; i++) {
        size_t start = nondet_size();
        size_t end = nondet_size();
        unsigned kind = nondet_unsigned();
        ASSUME(start <= end && end <= text.size && kind <= JSON_ARRAY);
        members[i].kind = (enum json_kind)kind;
        ASSUME(!is_container(members[i].kind) || end - start >= 2);
        members[i].value = kind == JSON_ABSENT ? (span){NULL, 0} : span_cut(text, start, end);
    }
    return true;
}

bool json_string_decode(char *text, size_t size, size_t *decoded) {
    size_t fewer = nondet_size();
    ASSUME(fewer <= size);
    choose_bytes(text, size);
    if (nondet_bool()) {
        return false;
    }
    *decoded = fewer;
    return true;
}

#endif
