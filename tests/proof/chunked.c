/* From any state, any SIZE bytes: no more content than came, and the same whole and cut in two at
 * CUT. */
#include "http/chunked.h"
#include "proof.h"

int main(void) {
    struct chunked start = {.state = (enum chunked_state)(nondet_unsigned() % (CHUNKED_END_LF + 1)),
                            .digits = nondet_unsigned(),
                            .left = nondet_uint64(),
                            .room = nondet_uint64(),
                            .framing_room = nondet_uint64()};
    ASSUME(start.digits <= 16);
    char whole[SIZE];
    char first[CUT];
    char second[SIZE - CUT];
    choose_bytes(whole, SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        if (i < CUT) {
            first[i] = whole[i];
        } else {
            second[i - CUT] = whole[i];
        }
    }
    struct chunked a = start;
    struct chunked b = start;
    size_t content = 0;
    size_t taken = 0;
    size_t contents[2] = {0, 0};
    size_t takens[2] = {0, 0};
    const char *why = NULL;
    const char *why_split = NULL;
    enum chunked_progress progress = chunked_decode(&a, whole, SIZE, &content, &taken, &why);
    enum chunked_progress split =
        chunked_decode(&b, first, CUT, &contents[0], &takens[0], &why_split);
    if (split == CHUNKED_MORE) {
        split = chunked_decode(&b, second, SIZE - CUT, &contents[1], &takens[1], &why_split);
    }
    assert(content <= taken && taken <= SIZE);
    assert(progress == split && why == why_split);
    assert(taken == takens[0] + takens[1] && content == contents[0] + contents[1]);
    for (size_t i = 0; i < content; i++) {
        assert(whole[i] == (i < contents[0] ? first[i] : second[i - contents[0]]));
    }
    return 0;
}
