#include "http/chunked.h"

#include "base/limits.h"
#include "base/number.h"
#include "http/field.h"

#include <string.h>

/* Each rule takes one byte that is not content and moves the state, or says why it may not stand
 * there. */

static const char *chunked_take_size(struct chunked *chunked, char c) {
    int digit = number_digit(c, 16);
    if (digit >= 0) {
        if (chunked->digits == LIMIT_CHUNK_DIGITS) {
            return "a chunk size of more than " LIMIT_TEXT(LIMIT_CHUNK_DIGITS) " digits";
        }
        chunked->digits++;
        chunked->left = chunked->left << 4 | (uint64_t)digit;
        chunked->state = CHUNKED_SIZE;
        return NULL;
    }
    if (chunked->state == CHUNKED_SIZE && (c == ';' || c == '\r')) {
        chunked->state = c == ';' ? CHUNKED_EXTENSION : CHUNKED_SIZE_LF;
        return NULL;
    }
    return chunked->state == CHUNKED_SIZE ? "something other than ';' or CRLF after a chunk size"
                                          : "a chunk size without a digit";
}

/* A run of value bytes up to CR: an extension or a trailer's value. Neither is used. */
static const char *chunked_take_ignored(struct chunked *chunked, char c, enum chunked_state next,
                                        const char *why) {
    if (c == '\r') {
        chunked->state = next;
        return NULL;
    }
    return field_is_value_byte(c) ? NULL : why;
}

static const char *chunked_take_exactly(struct chunked *chunked, char c, char expected,
                                        enum chunked_state next, const char *why) {
    if (c != expected) {
        return why;
    }
    chunked->state = next;
    return NULL;
}

static const char *chunked_take_trailer_name(struct chunked *chunked, char c) {
    if (field_is_name_byte(c)) {
        chunked->state = CHUNKED_TRAILER_NAME;
        return NULL;
    }
    if (chunked->state == CHUNKED_TRAILER_FIRST && c == '\r') {
        chunked->state = CHUNKED_END_LF;
        return NULL;
    }
    if (chunked->state == CHUNKED_TRAILER_NAME && c == ':') {
        chunked->state = CHUNKED_TRAILER_VALUE;
        return NULL;
    }
    return "a trailer field without a valid name";
}

static const char *chunked_take_size_end(struct chunked *chunked, char c) {
    enum chunked_state next = chunked->left > 0 ? CHUNKED_DATA_CR : CHUNKED_TRAILER_FIRST;
    chunked->digits = 0;
    if (chunked->left > chunked->room) {
        return "a chunk that makes the body too long";
    }
    chunked->room -= chunked->left;
    return chunked_take_exactly(chunked, c, '\n', next, "a CR without its LF after a chunk size");
}

static const char *chunked_take_end(struct chunked *chunked, char c) {
    chunked->ended = c == '\n';
    return chunked->ended ? NULL : "a CR without its LF at the end of the chunks";
}

static const char *chunked_take_framing(struct chunked *chunked, char c) {
    switch (chunked->state) {
        case CHUNKED_SIZE_FIRST:
        case CHUNKED_SIZE: return chunked_take_size(chunked, c);
        case CHUNKED_EXTENSION:
            return chunked_take_ignored(chunked, c, CHUNKED_SIZE_LF,
                                        "a control character in a chunk extension");
        case CHUNKED_SIZE_LF: return chunked_take_size_end(chunked, c);
        case CHUNKED_DATA_CR:
            return chunked_take_exactly(chunked, c, '\r', CHUNKED_DATA_LF,
                                        "a chunk that is not followed by CRLF");
        case CHUNKED_DATA_LF:
            return chunked_take_exactly(chunked, c, '\n', CHUNKED_SIZE_FIRST,
                                        "a chunk that is not followed by CRLF");
        case CHUNKED_TRAILER_FIRST:
        case CHUNKED_TRAILER_NAME: return chunked_take_trailer_name(chunked, c);
        case CHUNKED_TRAILER_VALUE:
            return chunked_take_ignored(chunked, c, CHUNKED_TRAILER_LF,
                                        "a control character in a trailer field");
        case CHUNKED_TRAILER_LF:
            return chunked_take_exactly(chunked, c, '\n', CHUNKED_TRAILER_FIRST,
                                        "a CR without its LF in a trailer field");
        case CHUNKED_END_LF: break;
    }
    return chunked_take_end(chunked, c);
}

enum chunked_progress chunked_decode(struct chunked *chunked, char *data, size_t size,
                                     size_t *content, size_t *taken, const char **why) {
    size_t read = 0;
    size_t written = 0;
    const char *fault = NULL;
    while (read < size && !chunked->ended) {
        if (chunked->state == CHUNKED_DATA_CR && chunked->left > 0) {
            size_t part = chunked->left < size - read ? (size_t)chunked->left : size - read;
            memmove(data + written, data + read, part);
            written += part;
            read += part;
            chunked->left -= part;
            continue;
        }
        fault = chunked->framing_room == 0 ? "too many bytes of chunk framing"
                                           : chunked_take_framing(chunked, data[read]);
        if (fault != NULL) {
            break;
        }
        chunked->framing_room--;
        read++;
    }
    *content = written;
    *taken = read;
    if (fault != NULL) {
        *why = fault;
        return CHUNKED_BAD;
    }
    return chunked->ended ? CHUNKED_DONE : CHUNKED_MORE;
}
