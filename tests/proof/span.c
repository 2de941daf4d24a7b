/* Views stay within what they were cut from. */
#include "proof.h"

int main(void) {
    span a = any_span(SIZE);
    span b = any_span(SIZE);
    char byte = nondet_char();
    span trimmed = span_trim(a);
    assert(lies_within(trimmed, a));
    assert(trimmed.size == 0 || (trimmed.data[0] != ' ' && trimmed.data[trimmed.size - 1] != '\t'));
    size_t at = span_find(a, byte);
    assert(at <= a.size);
    assert(at == a.size || a.data[at] == byte);
    if (span_equal(a, b)) {
        assert(span_equal_ignoring_case(a, b));
    }
    assert(span_equal_ignoring_case(a, b) == span_equal_ignoring_case(b, a));
    return 0;
}
