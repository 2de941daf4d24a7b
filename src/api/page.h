/* One page of a list, as the Admin API sends it: an object with an array in it. */
#ifndef API_PAGE_H
#define API_PAGE_H

#include "base/span.h"

/* Bytes of one page: a thousand elements of 4 KiB. */
#define PAGE_MAX 4194304

struct page {
    span elements;   /* what stands between the brackets of its first array; may be empty */
    char next[2048]; /* "pagination": {"next": ...}, encoded for a query; "": the last page */
};

/* Reads the body of a response in place (RFC 8259): `body` is written to, and page->elements points
 * into it. False: PROTOCOL. */
PINETOKEN_MUST_USE bool page_read(char *body, size_t size, struct page *page,
                                  pinetoken_error *error);

#endif
