/* Certificates of a PEM file (RFC 7468), decoded once and packed into the memory that the file was
 * read into. */
#ifndef TRUST_BUNDLE_H
#define TRUST_BUNDLE_H

#include "base/span.h"

/* `data` is the caller's. */
struct bundle {
    unsigned char *data; /* certificates one after the other, each with its size before it */
    size_t size;
    size_t count;
    size_t skipped; /* CERTIFICATE blocks that are not base64, or over LIMIT_CERTIFICATE */
};

/* Packs the CERTIFICATE blocks of data[0..size) to its front; everything else in it is passed over.
 */
void bundle_pack(struct bundle *bundle, unsigned char *data, size_t size);

/* The next certificate (DER) whose bytes contain `name`, from *cursor on, which starts at 0 and
 * moves past it. False: none is left. A subject that is `name` is among them; path validation
 * rejects the others. */
bool bundle_next(const struct bundle *bundle, span name, size_t *cursor, span *certificate);

#endif
