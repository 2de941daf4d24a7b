/* "Did you mean": the nearest of the names that would have been right, if one is near. */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include "base/span.h"

struct suggestion {
    span typed;
    int best; /* index of the closest name; -1: none is close */
    size_t distance;
};

void suggest_begin(struct suggestion *suggestion, span typed);
/* Names differ by letters that are inserted, left out, changed or swapped with the next one
 * (optimal string alignment distance), at most one in three; or one is the start of the other. Case
 * does not count, `_` is `-`, dashes at the start are left out. */
void suggest_offer(struct suggestion *suggestion, const char *name, int value);

#endif
