/* Files with roots: what is packed stays within the file, and the candidates within what is packed.
 */
#include "fuzz.h"
#include "trust/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bundle bundle;
    size_t cursor = 0;
    size_t count = 0;
    span found;
    char *copy = copy_of(data, size);
    bundle_pack(&bundle, (unsigned char *)copy, size);
    REQUIRE(bundle.size <= size);
    /* Every certificate contains the empty name. */
    while (bundle_next(&bundle, SPAN(""), &cursor, &found)) {
        REQUIRE(found.size > 0 && lies_within(found, copy, bundle.size));
        count++;
    }
    REQUIRE(count == bundle.count);
    free(copy);
    return 0;
}
