/* Cache entries: what was read is written, and reads the same again. */
#include "cache/entry.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char again[1u << 20];
    struct entry entry;
    struct entry second;
    struct buffer out;
    char *copy = copy_of(data, size);
    if (entry_read((span){copy, size}, &entry)) {
        REQUIRE(entry.token.size > 0 && lies_within(entry.token, copy, size));
        REQUIRE(lies_within(entry.key, copy, size) && lies_within(entry.digest, copy, size));
        buffer_init(&out, again, sizeof again);
        REQUIRE(entry_write(&entry, &out) && entry_read(buffer_span(&out), &second));
        REQUIRE(span_equal(entry.token, second.token) && span_equal(entry.key, second.key));
        REQUIRE(entry.obtained == second.obtained && entry.expires == second.expires);
    }
    free(copy);
    return 0;
}
