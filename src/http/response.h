/* Parses an HTTP/1.1 response (RFC 9112), resumable at every byte: head, then body. The verdict,
 * the spans and the byte at fault are the same however the response was cut into reads. Strict:
 * what another reader could take differently is refused. */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "http/chunked.h"

enum response_progress { RESPONSE_MORE, RESPONSE_DONE, RESPONSE_BAD };

/* RFC 9112 6.3: how the body ends. */
enum response_framing { RESPONSE_NO_BODY, RESPONSE_LENGTH, RESPONSE_CHUNKED, RESPONSE_UNTIL_CLOSE };

struct response {
    int status; /* 0 until the status line of the head at hand is read */
    bool is_http_1_0;
    span reason; /* these spans point into the head that the caller holds; empty if absent */
    span content_type;
    span location;
    span retry_after;
    span date;
    span request_id; /* X-Pinecone-Request-Id or X-Request-Id: for whoever asks for support */
    span proxy_authenticate; /* the last one */
    span rate_limit_reset;   /* X-RateLimit-Reset: what issuers send with a 429 */
    span head; /* complete, without interim responses: for fields whose lines are one list */
    enum response_framing framing;
    uint64_t body_limit;     /* bytes of content; more is refused */
    uint64_t content_length; /* RESPONSE_LENGTH: of the body */
    size_t head_size; /* bytes of all lines read, those of interim responses (1xx) included */

    /* The parser's own. */
    size_t start;   /* of the head at hand */
    size_t scanned; /* bytes known to hold no LF */
    unsigned fields;
    bool has_length;
    bool has_encoding;   /* Transfer-Encoding was there */
    uint64_t body_taken; /* bytes after the head so far, framing included */
    struct chunked chunked;
};

/* The body_limit of a body that is passed on: neither its content nor its framing is limited. */
#define RESPONSE_UNLIMITED UINT64_MAX
/* That of a response that has no body whatever its fields say of one (RFC 9110 9.3.2, 9.3.6). */
#define RESPONSE_WITHOUT_BODY 0u
void response_init(struct response *response, uint64_t body_limit);

/* `received`: every byte since the start, at the same place each time while spans are in use. DONE:
 * the final head is read, the body starts at received.data + head_size. BAD: *error has
 * PINETOKEN_PROTOCOL and the offset. */
PINETOKEN_MUST_USE enum response_progress response_head(struct response *response, span received,
                                                        pinetoken_error *error);

/* Of a response whose head is read: less than it was, because there is no more room. */
void response_limit_body(struct response *response, uint64_t body_limit);

/* The next bytes of the body, data[0..size), decoded in place: content moves to data[0..*content).
 * *taken is what belongs to this response: all of it unless DONE. Call with size 0 right after the
 * head: a body may be empty. */
PINETOKEN_MUST_USE enum response_progress response_body(struct response *response, char *data,
                                                        size_t size, size_t *content, size_t *taken,
                                                        pinetoken_error *error);

/* The peer closed before DONE. DONE if that ends the body: only with close_notify, otherwise it may
 * be truncated (RFC 9112 9.8). */
PINETOKEN_MUST_USE enum response_progress response_closed(const struct response *response,
                                                          bool authenticated,
                                                          pinetoken_error *error);

#endif
