/* Any response of SIZE bytes and any fields, over the contracts of the JSON scanner, decoder and
 * number reader (which have proofs of their own): a token that is accepted is valid, lies within
 * the body and has a bounded lifetime; a refusal's facts are bounded, in their character sets. */
#include "oauth/token_response.h"
#include "base/limits.h"
#include "http/date.h"
#include "json_contract.h"
#include "json/number.h"

bool json_number_floor(span text, uint64_t max, uint64_t *value) {
    uint64_t number = nondet_uint64();
    ASSUME(number <= max);
    (void)text;
    *value = nondet_bool() ? *value : number;
    return nondet_bool();
}

bool date_parse(span text, int64_t *seconds) {
    int64_t date = nondet_int64();
    (void)text;
    ASSUME(date >= -62198755200 && date <= 253402300800);
    *seconds = nondet_bool() ? *seconds : date;
    return nondet_bool();
}

static void check_token(const struct token_response *found, span body) {
    span token = found->access_token;
    assert(lies_within(token, body) && token.size > 0 && token.size <= LIMIT_TOKEN);
    for (size_t i = 0; i < token.size; i++) {
        assert(token.data[i] > ' ' && token.data[i] < 0x7f && token.data[i] != '\'' &&
               token.data[i] != '"' && token.data[i] != '\\');
    }
    assert(found->expires_in == -1 ||
           (found->expires_in > 0 && found->expires_in <= (int64_t)LIMIT_EXPIRES_IN));
}

static void check_refusal(const pinetoken_error *error, size_t size) {
    bool has_end = false;
    assert(error->status == PINETOKEN_PROTOCOL || error->status == PINETOKEN_REJECTED ||
           error->status == PINETOKEN_THROTTLED || error->status == PINETOKEN_UNAVAILABLE);
    assert(error->offset >= -1 && error->offset <= (int64_t)size);
    assert(error->retry_after_ms >= -1 &&
           error->retry_after_ms <= (int64_t)LIMIT_RETRY_AFTER * 1000);
    for (size_t i = 0; i < sizeof error->oauth_error && !has_end; i++) {
        has_end = error->oauth_error[i] == '\0';
        assert(has_end || (error->oauth_error[i] >= ' ' && error->oauth_error[i] < 0x7f));
    }
    assert(has_end);
}

int main(void) {
    char body[SIZE];
    /* Nothing to mask; echo.c has tests of its own. */
    const struct echoes echoes = {.plain = {.size = 0}};
    struct response response = {.status = (int)nondet_unsigned()};
    struct token_response found = {.expires_in = -2};
    pinetoken_error error;
    choose_bytes(body, SIZE);
    memset(&error, 0, sizeof error);
    ASSUME(response.status >= 200 && response.status <= 599);
    response.content_type = any_span(1);
    response.location = any_span(1);
    response.retry_after = any_span(3);
    response.rate_limit_reset = any_span(3);
    const struct token_body read = {.data = body, .size = SIZE, .echoes = &echoes};
    if (token_response_read(&response, &read, &found, &error)) {
        assert(response.status == 200);
        check_token(&found, (span){body, SIZE});
    } else {
        assert(found.expires_in == -2);
        check_refusal(&error, SIZE);
    }
    return 0;
}
