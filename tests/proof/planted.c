/* Reads one byte too far: a check of the checks. This one must fail. */
#include "proof.h"

int main(void) {
    span text = any_span(SIZE);
    return text.data[text.size];
}
