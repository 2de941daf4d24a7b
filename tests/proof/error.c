/* Whatever a message holds and whatever is added to it: it stays a line of printable ASCII with its
 * NUL, within its room. */
#include "base/error.h"
#include "proof.h"

static bool is_printable(const pinetoken_error *error) {
    for (size_t i = 0; i < sizeof error->message; i++) {
        if (error->message[i] == '\0') {
            return true;
        }
        if (error->message[i] < ' ' || error->message[i] > '~') {
            return false;
        }
    }
    return false;
}

int main(void) {
    pinetoken_error error;
    error_clear(&error);
    size_t size = START;
    for (size_t i = 0; i < size; i++) {
        error.message[i] = nondet_char();
    }
    error.message[size] = '\0';
    ASSUME(is_printable(&error));
    char text[SIZE];
    choose_bytes(text, SIZE);
    error_add_quoted(&error, (span){text, SIZE});
    assert(is_printable(&error));
    error_add_number(&error, nondet_int64());
    assert(is_printable(&error));
    return 0;
}
