/* What the writer writes of one character of SIZE bytes, whatever follows it, the scanner reads as
 * exactly that, and decodes to it. */
#include "proof.h"
#include "json/scan.c"
#include "json/string.h"
#include "json/writer.c"

int main(void) {
    char value[SIZE];
    char data[8];
    struct buffer out;
    pinetoken_error error;
    size_t decoded = 0;
    choose_bytes(value, SIZE);
    ASSUME(utf8_size_at((span){value, SIZE}, 0) == SIZE);
    choose_bytes(data, sizeof data);
    buffer_init(&out, data, 6);
    for (size_t i = 0; i < SIZE; i++) {
        json_escape(&out, value[i]);
    }
    assert(!out.overflow);
    struct scanner scanner = {.text = {data, sizeof data}, .error = &error};
    assert(data[0] != '"');
    assert(scan_take_character(&scanner));
    assert(scanner.at == out.size);
    assert(json_string_decode(data, out.size, &decoded));
    assert(decoded == SIZE && memcmp(data, value, SIZE) == 0);
    return 0;
}
