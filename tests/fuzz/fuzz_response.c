/* The response parser by itself: no limit on the body, content compared byte by byte. */
#include "fuzz.h"
#include "http/response.h"

struct worker_result {
    enum response_progress progress;
    struct response response;
    pinetoken_error error;
    size_t size;
    char *content;
};

static void take_body(struct worker_result *result, const char *data, size_t size) {
    size_t content = 0;
    size_t taken = 0;
    char *copy = copy_of(data, size);
    result->progress =
        response_body(&result->response, copy, size, &content, &taken, &result->error);
    REQUIRE(content <= taken && taken <= size);
    memcpy(result->content + result->size, copy, content);
    result->size += content;
    free(copy);
}

static void run(const char *data, size_t size, size_t first, size_t step,
                struct worker_result *result) {
    bool in_body = false;
    response_init(&result->response, UINT64_MAX);
    result->progress = RESPONSE_MORE;
    result->content = malloc(size + 1);
    REQUIRE(result->content != NULL);
    result->size = 0;
    memset(&result->error, 0, sizeof result->error);
    for (size_t at = 0; at < size && result->progress == RESPONSE_MORE;) {
        size_t part = at == 0 && first > 0 ? first : step;
        part = part < size - at ? part : size - at;
        at += part;
        if (in_body) {
            take_body(result, data + at - part, part);
            continue;
        }
        result->progress = response_head(&result->response, (span){data, at}, &result->error);
        if (result->progress == RESPONSE_DONE) {
            in_body = true;
            REQUIRE(result->response.head_size <= at);
            REQUIRE(lies_within(result->response.location, data, at));
            REQUIRE(lies_within(result->response.retry_after, data, at));
            take_body(result, data + result->response.head_size, at - result->response.head_size);
        }
    }
}

static void require_same(const struct worker_result *a, const struct worker_result *b) {
    REQUIRE(a->progress == b->progress && a->size == b->size);
    REQUIRE(a->response.status == b->response.status);
    REQUIRE(a->response.head_size == b->response.head_size);
    REQUIRE(a->error.offset == b->error.offset);
    REQUIRE(strcmp(a->error.message, b->error.message) == 0);
    REQUIRE(memcmp(a->content, b->content, a->size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct worker_result whole;
    static struct worker_result split;
    size_t cut = take_choice(&data, &size);
    char *copy = copy_of(data, size);
    run(copy, size, 0, size, &whole);
    run(copy, size, 0, 1, &split);
    require_same(&split, &whole);
    free(split.content);
    run(copy, size, size > 0 ? cut % size : 0, size, &split);
    require_same(&split, &whole);
    free(split.content);
    free(whole.content);
    free(copy);
    return 0;
}
