/* A string with complete escapes, as the scanner lets them through, is decoded in place, to no more
 * bytes than it had. */
#include "json/string.h"
#include "base/number.h"
#include "proof.h"

int main(void) {
    char text[SIZE];
    size_t decoded = 0;
    choose_bytes(text, SIZE);
    for (size_t at = 0; at < SIZE;) {
        if (text[at] != '\\') {
            at++;
            continue;
        }
        ASSUME(at + 1 < SIZE);
        if (text[at + 1] == 'u') {
            ASSUME(at + 5 < SIZE);
            for (size_t i = 2; i < 6; i++) {
                ASSUME(number_digit(text[at + i], 16) >= 0);
            }
        }
        at += text[at + 1] == 'u' ? 6 : 2;
    }
    (void)json_string_equals((span){text, SIZE}, SPAN("ab"));
    if (json_string_decode(text, SIZE, &decoded)) {
        assert(decoded <= SIZE);
    }
    return 0;
}
