#include "tls/name.h"

#include "crypto/der.h"

bool name_starts(span name, span start) {
    span ours;
    span theirs;
    bool good =
        der_take_tag(&name, DER_SEQUENCE, &ours) && der_take_tag(&start, DER_SEQUENCE, &theirs);
    /* Element by element, in step: as each has the size of the other, so has what surrounds it. */
    while (good && theirs.size > 0) {
        int tag = 0;
        int their_tag = 0;
        name = ours;
        start = theirs;
        good = der_take(&name, &tag, &ours) && der_take(&start, &their_tag, &theirs) &&
               ours.size == theirs.size;
        if (good && (their_tag & MBEDTLS_ASN1_CONSTRUCTED) != 0) {
            /* What is in it, and what follows it. */
            good = tag == their_tag;
            ours.size += name.size;
            theirs.size += start.size;
            continue;
        }
        good = good && (their_tag == MBEDTLS_ASN1_OID ? span_equal(ours, theirs)
                                                      : span_equal_ignoring_case(ours, theirs));
        ours = name;
        theirs = start;
    }
    return good;
}
