/* A reply of Redis: the same whole and cut in two at CUT; its text lies within what is read of it,
 * which never goes past what there is. */
#include "proof.h"
#include "resp/reply.h"

int main(void) {
    char data[SIZE];
    const span input = {data, SIZE};
    struct resp_parser whole = {.at = 0};
    struct resp_parser cut = {.at = 0};
    struct resp_reply reply;
    struct resp_reply again;
    choose_bytes(data, SIZE);
    enum resp_progress progress = resp_parse(&whole, input, &reply);
    enum resp_progress in_two = resp_parse(&cut, span_cut(input, 0, CUT), &again);
    if (in_two == RESP_MORE) {
        in_two = resp_parse(&cut, input, &again);
    }
    assert(whole.at <= SIZE && cut.at == whole.at);
    assert(in_two == progress);
    if (progress == RESP_DONE) {
        assert(reply.kind == again.kind && reply.number == again.number);
        assert(reply.text.data == again.text.data && reply.text.size == again.text.size);
        assert(reply.text.size <= whole.at && whole.at >= 3);
        assert(lies_within(reply.text, input));
    }
    return 0;
}
