/* The chunked coding (RFC 9112 7.1), decoded in place and resumable at every byte. */
#ifndef HTTP_CHUNKED_H
#define HTTP_CHUNKED_H

#include "base/span.h"

/* Named for what is expected next. */
enum chunked_state {
    CHUNKED_SIZE_FIRST, /* the first digit; what all zeros mean */
    CHUNKED_SIZE,
    CHUNKED_EXTENSION,
    CHUNKED_SIZE_LF,
    CHUNKED_DATA_CR, /* after `left` bytes of content */
    CHUNKED_DATA_LF,
    CHUNKED_TRAILER_FIRST, /* a field's name or the CR of the end */
    CHUNKED_TRAILER_NAME,
    CHUNKED_TRAILER_VALUE,
    CHUNKED_TRAILER_LF,
    CHUNKED_END_LF
};

struct chunked {
    enum chunked_state state;
    unsigned digits; /* of the size at hand */
    bool ended;
    uint64_t left;         /* bytes of the chunk at hand */
    uint64_t room;         /* bytes of content that may still come ... */
    uint64_t framing_room; /* ... and of everything else; both are set before the first call */
};

enum chunked_progress { CHUNKED_MORE, CHUNKED_DONE, CHUNKED_BAD };

/* All zeros but for the two rooms is a fresh decoder. Takes data[0..size), moves the content to
 * data[0..*content), and sets *taken to the bytes that belong to the body: all of them unless DONE.
 * BAD: *taken is the index of the byte at fault and *why the rule, static; the decoder must not be
 * used again. */
PINETOKEN_MUST_USE enum chunked_progress chunked_decode(struct chunked *chunked, char *data,
                                                        size_t size, size_t *content, size_t *taken,
                                                        const char **why);

#endif
