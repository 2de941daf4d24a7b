#include "json/scan.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/number.h"
#include "json/string.h"
#include "json/utf8.h"

#include <string.h>

struct scanner {
    span text;
    size_t at;      /* next byte; moves only over what is valid */
    unsigned depth; /* open containers */
    uint32_t
        objects; /* bit 0: the innermost open one is an object; bit 1: the one around it; ... */
    struct json_member *members;
    size_t count;
    struct json_member *wanted; /* the member whose value comes next; NULL: it was not asked for */
    struct json_member *open;   /* the one whose container is open; NULL: it was not asked for */
    pinetoken_error *error;
};

static bool scan_fail(const struct scanner *scanner, const char *rule, size_t offset) {
    return error_at(scanner->error, PINETOKEN_PROTOCOL, rule, offset);
}

/* NUL at the end: it is valid nowhere, so no rule takes it for more text. */
static char scan_peek(const struct scanner *scanner) {
    if (scanner->at == scanner->text.size) {
        return '\0';
    }
    return scanner->text.data[scanner->at];
}

static void scan_skip_blanks(struct scanner *scanner) {
    while (scan_peek(scanner) != '\0' && strchr(" \t\n\r", scan_peek(scanner)) != NULL) {
        scanner->at++;
    }
}

static void scan_skip_digits(struct scanner *scanner) {
    while (ascii_is_digit(scan_peek(scanner))) {
        scanner->at++;
    }
}

static bool scan_take_escape(struct scanner *scanner) {
    size_t start = scanner->at++;
    char kind = scan_peek(scanner);
    if (kind != '\0' && strchr("\"\\/bfnrt", kind) != NULL) {
        scanner->at++;
        return true;
    }
    if (kind != 'u') {
        return scan_fail(scanner, "JSON: an invalid escape", start);
    }
    scanner->at++;
    for (int i = 0; i < 4; i++) {
        if (number_digit(scan_peek(scanner), 16) < 0) {
            return scan_fail(scanner, "JSON: \\u without four hex digits", start);
        }
        scanner->at++;
    }
    return true;
}

static bool scan_take_character(struct scanner *scanner) {
    unsigned char byte = (unsigned char)scanner->text.data[scanner->at];
    if (byte == '\\') {
        return scan_take_escape(scanner);
    }
    if (byte < 0x20) {
        return scan_fail(scanner, "JSON: a control character in a string", scanner->at);
    }
    size_t size = utf8_size_at(scanner->text, scanner->at);
    if (size == 0) {
        return scan_fail(scanner, "JSON: not UTF-8", scanner->at);
    }
    scanner->at += size;
    return true;
}

/* At the opening quote; *value is what stands between the quotes. */
static bool scan_take_string(struct scanner *scanner, span *value) {
    size_t start = ++scanner->at;
    while (scanner->at < scanner->text.size) {
        if (scanner->text.data[scanner->at] == '"') {
            *value = span_cut(scanner->text, start, scanner->at);
            scanner->at++;
            return true;
        }
        if (!scan_take_character(scanner)) {
            return false;
        }
    }
    return scan_fail(scanner, "JSON: a string without its end", scanner->at);
}

/* One digit or more. */
static bool scan_take_digits(struct scanner *scanner) {
    if (!ascii_is_digit(scan_peek(scanner))) {
        return scan_fail(scanner, "JSON: a number without a digit", scanner->at);
    }
    scan_skip_digits(scanner);
    return true;
}

/* [ minus ] int [ frac ] [ exp ] (RFC 8259 6). A zero ends the int: what follows "0" in "01" is not
 * part of the number. */
static bool scan_take_number(struct scanner *scanner, span *value) {
    size_t start = scanner->at;
    if (scan_peek(scanner) == '-') {
        scanner->at++;
    }
    if (scan_peek(scanner) == '0') {
        scanner->at++;
    } else if (!scan_take_digits(scanner)) {
        return false;
    }
    if (scan_peek(scanner) == '.') {
        scanner->at++;
        if (!scan_take_digits(scanner)) {
            return false;
        }
    }
    if (scan_peek(scanner) == 'e' || scan_peek(scanner) == 'E') {
        scanner->at++;
        if (scan_peek(scanner) == '+' || scan_peek(scanner) == '-') {
            scanner->at++;
        }
        if (!scan_take_digits(scanner)) {
            return false;
        }
    }
    *value = span_cut(scanner->text, start, scanner->at);
    return true;
}

static bool scan_take_word(struct scanner *scanner, span word) {
    span rest = span_cut(scanner->text, scanner->at, scanner->text.size);
    if (!span_starts(rest, word)) {
        return scan_fail(scanner, "JSON: a word that is not a value", scanner->at);
    }
    scanner->at += word.size;
    return true;
}

static bool scan_open_container(struct scanner *scanner, bool is_object) {
    if (scanner->depth == LIMIT_JSON_DEPTH) {
        return scan_fail(scanner, "JSON: more than 32 levels deep", scanner->at);
    }
    scanner->depth++;
    scanner->objects = scanner->objects << 1 | (is_object ? 1u : 0u);
    scanner->at++;
    return true;
}

static bool scan_close_container(struct scanner *scanner) {
    scanner->depth--;
    scanner->objects >>= 1;
    scanner->at++;
    if (scanner->depth == 1 && scanner->open != NULL) {
        span *value = &scanner->open->value;
        value->size = (size_t)(scanner->text.data + scanner->at - value->data);
        scanner->open = NULL;
    }
    return true;
}

static bool scan_take_scalar(struct scanner *scanner, enum json_kind kind, span *value) {
    switch (kind) {
        case JSON_STRING: return scan_take_string(scanner, value);
        case JSON_TRUE: return scan_take_word(scanner, SPAN("true"));
        case JSON_FALSE: return scan_take_word(scanner, SPAN("false"));
        case JSON_NULL: return scan_take_word(scanner, SPAN("null"));
        case JSON_NUMBER: return scan_take_number(scanner, value);
        case JSON_OBJECT: return scan_open_container(scanner, true);
        case JSON_ARRAY: return scan_open_container(scanner, false);
        default: return scan_fail(scanner, "JSON: a value is missing", scanner->at);
    }
}

static enum json_kind scan_kind_by_first_byte(char c) {
    switch (c) {
        case '"': return JSON_STRING;
        case '{': return JSON_OBJECT;
        case '[': return JSON_ARRAY;
        case 't': return JSON_TRUE;
        case 'f': return JSON_FALSE;
        case 'n': return JSON_NULL;
        case '-': return JSON_NUMBER;
        default: return ascii_is_digit(c) ? JSON_NUMBER : JSON_ABSENT;
    }
}

static void scan_find_first_array(struct scanner *scanner) {
    for (size_t i = 0; i < scanner->count; i++) {
        struct json_member *member = &scanner->members[i];
        if (member->name.data == NULL && member->kind == JSON_ABSENT) {
            scanner->wanted = member;
        }
    }
}

/* A complete scalar, or the opening of a container. */
static bool scan_take_value(struct scanner *scanner) {
    enum json_kind kind = scan_kind_by_first_byte(scan_peek(scanner));
    if (kind == JSON_ARRAY && scanner->depth == 1 && scanner->wanted == NULL) {
        scan_find_first_array(scanner);
    }
    size_t start = scanner->at;
    span value = {NULL, 0};
    if (!scan_take_scalar(scanner, kind, &value)) {
        return false;
    }
    if (scanner->wanted != NULL) {
        scanner->wanted->kind = kind;
        scanner->wanted->value =
            value.data != NULL ? value : span_cut(scanner->text, start, scanner->at);
        scanner->open = kind == JSON_OBJECT || kind == JSON_ARRAY ? scanner->wanted : NULL;
        scanner->wanted = NULL;
    }
    return true;
}

static bool scan_take_name(struct scanner *scanner) {
    size_t start = scanner->at;
    span name = {NULL, 0};
    if (scan_peek(scanner) != '"') {
        return scan_fail(scanner, "JSON: a member without a name in quotes", start);
    }
    if (!scan_take_string(scanner, &name)) {
        return false;
    }
    for (size_t i = 0; scanner->depth == 1 && i < scanner->count; i++) {
        if (scanner->members[i].name.data == NULL ||
            !json_string_equals(name, scanner->members[i].name)) {
            continue;
        }
        if (scanner->members[i].kind != JSON_ABSENT) {
            return scan_fail(scanner, "JSON: a member that occurs twice", start);
        }
        scanner->wanted = &scanner->members[i];
    }
    scan_skip_blanks(scanner);
    if (scan_peek(scanner) != ':') {
        return scan_fail(scanner, "JSON: a name without a colon", scanner->at);
    }
    scanner->at++;
    return true;
}

/* The next member or element of the innermost container, up to its value's end or opening. */
static bool scan_take_item(struct scanner *scanner) {
    bool in_object = (scanner->objects & 1) != 0;
    if (in_object) {
        if (!scan_take_name(scanner)) {
            return false;
        }
        scan_skip_blanks(scanner);
    }
    return scan_take_value(scanner);
}

/* After a value or an opening: a comma and the next item, or the end of the container. */
static bool scan_take_next(struct scanner *scanner, bool opened) {
    char end = (scanner->objects & 1) != 0 ? '}' : ']';
    scan_skip_blanks(scanner);
    if (scan_peek(scanner) == end) {
        return scan_close_container(scanner);
    }
    if (!opened) {
        if (scan_peek(scanner) != ',') {
            return scan_fail(scanner, "JSON: neither a comma nor the container's end", scanner->at);
        }
        scanner->at++;
        scan_skip_blanks(scanner);
    }
    return scan_take_item(scanner);
}

bool json_scan_object(span text, struct json_member *members, size_t count,
                      pinetoken_error *error) {
    struct scanner scanner = {.text = text, .members = members, .count = count, .error = error};
    for (size_t i = 0; i < count; i++) {
        members[i].kind = JSON_ABSENT;
        members[i].value = (span){NULL, 0};
    }
    scan_skip_blanks(&scanner);
    if (scan_peek(&scanner) != '{') {
        return scan_fail(&scanner, "JSON: not an object", scanner.at);
    }
    bool opened = scan_open_container(&scanner, true);
    while (scanner.depth > 0) {
        unsigned depth = scanner.depth;
        if (!scan_take_next(&scanner, opened)) {
            return false;
        }
        opened = scanner.depth > depth;
    }
    scan_skip_blanks(&scanner);
    if (scanner.at < text.size) {
        return scan_fail(&scanner, "JSON: something after the object", scanner.at);
    }
    return true;
}
