/* A reply of Redis means the same however its bytes are cut; its text lies within it, and what
 * follows it is not touched. */
#include "fuzz.h"
#include "resp/reply.h"

static enum resp_progress parse_whole(struct resp_parser *parser, span input,
                                      struct resp_reply *reply) {
    *parser = (struct resp_parser){0};
    return resp_parse(parser, input, reply);
}

static enum resp_progress parse_cut(struct resp_parser *parser, span input, size_t cut,
                                    struct resp_reply *reply) {
    *parser = (struct resp_parser){0};
    enum resp_progress progress = resp_parse(parser, span_cut(input, 0, cut), reply);
    return progress == RESP_MORE ? resp_parse(parser, input, reply) : progress;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct resp_parser whole;
    struct resp_parser cut;
    struct resp_reply reply;
    struct resp_reply again;
    size_t choice = take_choice(&data, &size);
    char *copy = copy_of(data, size);
    const span input = {copy, size};
    enum resp_progress progress = parse_whole(&whole, input, &reply);
    REQUIRE(whole.at <= size);
    enum resp_progress same = parse_cut(&cut, input, size > 0 ? choice * size / 256 : 0, &again);
    REQUIRE(same == progress && cut.at == whole.at);
    if (progress == RESP_DONE) {
        REQUIRE(lies_within(reply.text, copy, whole.at));
        REQUIRE(reply.kind == again.kind && reply.number == again.number);
        REQUIRE(span_equal(reply.text, again.text));
        REQUIRE(parse_whole(&cut, span_cut(input, 0, whole.at), &again) == RESP_DONE);
        REQUIRE(whole.at == 0 ||
                parse_whole(&cut, span_cut(input, 0, whole.at - 1), &again) == RESP_MORE);
    }
    free(copy);
    return 0;
}
