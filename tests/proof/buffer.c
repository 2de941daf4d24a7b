/* Whatever is appended, nothing is written beyond the capacity, and overflow stays. */
#include "base/buffer.h"
#include "proof.h"

int main(void) {
    size_t capacity = nondet_size();
    ASSUME(capacity <= 5);
    char *data = malloc(capacity);
    ASSUME(data != NULL);
    struct buffer buffer;
    buffer_init(&buffer, data, capacity);
    buffer_append(&buffer, any_span(SIZE));
    size_t size = buffer.size;
    bool overflow = buffer.overflow;
    size_t most = nondet_size();
    ASSUME(most <= SIZE);
    buffer_append_escaped(&buffer, any_span(SIZE), most);
    assert(buffer.size <= capacity && buffer.size >= size);
    assert(!overflow || (buffer.overflow && buffer.size == size));
    for (size_t i = size; i < buffer.size; i++) {
        assert(buffer.data[i] >= 0x20 && buffer.data[i] < 0x7f);
    }
    return 0;
}
