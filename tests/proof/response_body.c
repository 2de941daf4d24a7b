/* A body by length or until the end, from any point of it: never more content than there is, or may
 * be. */
#include "http/response.h"
#include "proof.h"

int main(void) {
    struct response response;
    pinetoken_error error;
    response_init(&response, nondet_uint64());
    response.framing = FRAMING;
    response.content_length = nondet_uint64();
    response.body_taken = nondet_uint64();
    response.head_size = nondet_size();
    ASSUME(response.head_size <= 8192 && response.body_limit <= INT64_MAX - 8192);
    ASSUME(response.body_taken <= response.body_limit);
    ASSUME(response.framing != RESPONSE_LENGTH || response.body_taken <= response.content_length);
    size_t size = nondet_size();
    size_t content = 0;
    size_t taken = 0;
    ASSUME(size <= SIZE);
    char *data = malloc(size);
    ASSUME(data != NULL);
    enum response_progress progress =
        response_body(&response, data, size, &content, &taken, &error);
    assert(content <= size && taken <= size);
    if (progress != RESPONSE_BAD) {
        assert(response.body_taken <= response.body_limit);
    }
    if (response.framing == RESPONSE_LENGTH && progress != RESPONSE_BAD) {
        assert((progress == RESPONSE_DONE) == (response.body_taken == response.content_length));
    }
    return 0;
}
