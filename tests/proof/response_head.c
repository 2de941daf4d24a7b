/* A head: its start given, then any SIZE bytes. Spans lie within it, and it is the same whole and
 * cut in two CUT bytes after the start. */
#include "http/response.h"
#include "proof.h"

#define START_SIZE (sizeof START - 1)

int main(void) {
    char data[START_SIZE + SIZE] = START;
    const span text = {data, sizeof data};
    struct response a;
    struct response b;
    pinetoken_error error_a = {.offset = -2};
    pinetoken_error error_b = {.offset = -2};
    choose_bytes(data + START_SIZE, SIZE);
    response_init(&a, 20480);
    response_init(&b, 20480);
    enum response_progress whole = response_head(&a, text, &error_a);
    enum response_progress split = response_head(&b, (span){data, START_SIZE + CUT}, &error_b);
    if (split == RESPONSE_MORE) {
        split = response_head(&b, text, &error_b);
    }
    assert(whole == split && error_a.offset == error_b.offset);
    if (whole == RESPONSE_BAD) {
        assert(error_a.offset >= 0 && (size_t)error_a.offset <= text.size);
    }
    if (whole == RESPONSE_DONE) {
        assert(a.head_size <= text.size && a.status >= 200 && a.status <= 599);
        assert(lies_within(a.reason, text) && lies_within(a.location, text));
        assert(lies_within(a.content_type, text) && lies_within(a.retry_after, text));
        assert(lies_within(a.date, text) && lies_within(a.rate_limit_reset, text));
        assert(lies_within(a.request_id, text) && lies_within(a.head, text));
        assert(a.status == b.status && a.head_size == b.head_size && a.framing == b.framing);
        assert(a.content_length == b.content_length);
    }
    return 0;
}
