#include "trust/pin.h"

#include "base/error.h"

#include <string.h>

#define PREFIX "sha256//"
#define PREFIX_SIZE (sizeof PREFIX - 1)

static bool pin_is_valid(span text) {
    unsigned char digest[DIGEST_SIZE];
    char again[BASE64_SIZE(DIGEST_SIZE)] = "";
    size_t size = 0;
    if (text.size != PIN_SIZE - 1 || !span_equal(span_cut(text, 0, PREFIX_SIZE), SPAN(PREFIX))) {
        return false;
    }
    span base64 = span_cut(text, PREFIX_SIZE, text.size);
    /* In canonical base64 only: pins are compared as text. */
    return base64_decode(base64, digest, sizeof digest, &size) && size == sizeof digest &&
           span_equal(base64, (span){again, base64_encode((span){(char *)digest, size}, again)});
}

bool pin_check(span text, pinetoken_error *error) {
    bool good = true;
    do {
        size_t end = span_find(text, ';');
        good = pin_is_valid(span_cut(text, 0, end));
        text = span_cut(text, end < text.size ? end + 1 : end, text.size);
    } while (good && text.size > 0);
    return good ||
           error_set(error, PINETOKEN_USAGE,
                     "pin: not of the form sha256//BASE64, with the 44 characters of a SHA-256",
                     "doctor -v prints the pins of a server in this form");
}

bool pin_of(span public_key, char out[PIN_SIZE]) {
    unsigned char digest[DIGEST_SIZE];
    if (!digest_sha256(public_key, digest)) {
        return false;
    }
    memcpy(out, PREFIX, PREFIX_SIZE);
    base64_encode((span){(const char *)digest, sizeof digest}, out + PREFIX_SIZE);
    return true;
}

bool pin_is_listed(const char *const *pins, const char *pin) {
    for (; *pins != NULL; pins++) {
        /* Each has the same size, followed by ';'. */
        for (size_t at = 0; at < strlen(*pins); at += PIN_SIZE) {
            if (memcmp(*pins + at, pin, PIN_SIZE - 1) == 0) {
                return true;
            }
        }
    }
    return false;
}
