#include "trust/bundle.h"

#include "base/limits.h"
#include "crypto/base64.h"

#include <string.h>

/* Each packed certificate has its size in front, high byte first. */
#define SIZE_BYTES 2u
_Static_assert(LIMIT_CERTIFICATE <= 0xffff, "a certificate's size fits two bytes");

/* Index of `needle` in text from `from` on; text.size if there is none. */
static size_t find(span text, size_t from, span needle) {
    while (needle.size <= text.size - from) {
        /* The last position where it fits. */
        size_t room = text.size - from - needle.size + 1;
        const char *found =
            needle.size > 0 ? memchr(text.data + from, needle.data[0], room) : text.data + from;
        if (found == NULL) {
            break;
        }
        from = (size_t)(found - text.data);
        if (needle.size == 0 || memcmp(found, needle.data, needle.size) == 0) {
            return from;
        }
        from++;
    }
    return text.size;
}

/* Decodes one block to the packed end. A block is longer than what it packs to, so that the packed
 * end never overtakes what is read. */
static void pack_block(struct bundle *bundle, span base64) {
    unsigned char der[LIMIT_CERTIFICATE];
    size_t size = 0;
    if (!base64_decode(base64, der, sizeof der, &size) || size == 0) {
        bundle->skipped++;
        return;
    }
    unsigned char *out = bundle->data + bundle->size;
    out[0] = (unsigned char)(size >> 8);
    out[1] = (unsigned char)(size & 0xff);
    memcpy(out + SIZE_BYTES, der, size);
    bundle->size += SIZE_BYTES + size;
    bundle->count++;
}

void bundle_pack(struct bundle *bundle, unsigned char *data, size_t size) {
    const span begin = SPAN("-----BEGIN CERTIFICATE-----");
    const span end = SPAN("-----END CERTIFICATE-----");
    *bundle = (struct bundle){.data = data};
    span text = {(const char *)data, size};
    size_t at = find(text, 0, begin);
    while (at < size) {
        size_t start = at + begin.size;
        size_t stop = find(text, start, end);
        if (stop == size) {
            bundle->skipped++;
            return;
        }
        pack_block(bundle, span_cut(text, start, stop));
        at = find(text, stop + end.size, begin);
    }
}

bool bundle_next(const struct bundle *bundle, span name, size_t *cursor, span *certificate) {
    while (*cursor < bundle->size) {
        const unsigned char *entry = bundle->data + *cursor;
        size_t size = (size_t)entry[0] << 8 | entry[1];
        span der = {(const char *)entry + SIZE_BYTES, size};
        *cursor += SIZE_BYTES + size;
        if (find(der, 0, name) < der.size) {
            *certificate = der;
            return true;
        }
    }
    return false;
}
