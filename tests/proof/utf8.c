/* What is accepted as a character lies completely within the text, and every encoded one is
 * accepted. */
#include "json/utf8.h"
#include "proof.h"

int main(void) {
    span text = any_span(SIZE);
    size_t at = nondet_size();
    ASSUME(at < text.size);
    size_t size = utf8_size_at(text, at);
    assert(size <= 4 && size <= text.size - at);
    (void)utf8_is_valid(text);
    uint32_t code = (uint32_t)nondet_unsigned();
    ASSUME(code < 0x110000 && (code < 0xd800 || code > 0xdfff));
    char encoded[4];
    size_t encoded_size = utf8_encode(code, encoded);
    assert(encoded_size >= 1 && encoded_size <= 4);
    assert(utf8_size_at((span){encoded, encoded_size}, 0) == encoded_size);
    return 0;
}
