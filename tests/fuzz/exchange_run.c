#include "exchange_run.h"

static bool give_secret(void *user, pinetoken_span *secret) {
    (void)user;
    *secret = SPAN("secret");
    return true;
}

static pinetoken_exchange *start(pinetoken_exchange_storage *storage) {
    pinetoken_config config;
    pinetoken_error error;
    pinetoken_config_init(&config);
    config.client_id = "id";
    config.secret = give_secret;
    pinetoken_exchange *exchange = pinetoken_exchange_init(storage, &config, &error);
    REQUIRE(exchange != NULL);
    pinetoken_exchange_sent(exchange, pinetoken_exchange_output(exchange).size);
    return exchange;
}

static void receive(pinetoken_exchange *exchange, span part) {
    while (part.size > 0 && pinetoken_exchange_state(exchange) == PINETOKEN_WANT_RECEIVE) {
        size_t capacity = 0;
        char *input = pinetoken_exchange_input(exchange, &capacity);
        REQUIRE(capacity > 0);
        size_t size = part.size < capacity ? part.size : capacity;
        memcpy(input, part.data, size);
        pinetoken_exchange_received(exchange, size);
        part = span_cut(part, size, part.size);
    }
}

void exchange_run(span text, size_t first, size_t step, enum end end,
                  struct worker_result *result) {
    pinetoken_exchange_storage *storage = malloc(sizeof *storage);
    REQUIRE(storage != NULL);
    pinetoken_exchange *exchange = start(storage);
    memset(result, 0, sizeof *result);
    for (size_t at = 0; at < text.size;) {
        size_t part = at == 0 && first > 0 ? first : step;
        part = part < text.size - at ? part : text.size - at;
        receive(exchange, span_cut(text, at, at + part));
        at += part;
    }
    if (end != END_OPEN) {
        pinetoken_exchange_closed(exchange, end == END_CLOSED);
    }
    result->state = pinetoken_exchange_state(exchange);
    if (result->state == PINETOKEN_FAILED) {
        pinetoken_exchange_failure(exchange, &result->error);
        REQUIRE(result->error.status != PINETOKEN_OK);
        REQUIRE(result->error.message[0] != '\0');
    }
    if (result->state == PINETOKEN_COMPLETE) {
        pinetoken_token token;
        pinetoken_exchange_token(exchange, &token);
        REQUIRE(token.access_token.size > 0 && token.access_token.size <= sizeof result->token);
        REQUIRE(lies_within(token.access_token, (const char *)storage, sizeof *storage));
        memcpy(result->token, token.access_token.data, token.access_token.size);
        result->token_size = token.access_token.size;
        result->expires_in = token.expires_in;
    }
    pinetoken_exchange_wipe(exchange);
    free(storage);
}

static void require_same(const struct worker_result *a, const struct worker_result *b) {
    REQUIRE(a->state == b->state);
    REQUIRE(a->token_size == b->token_size && a->expires_in == b->expires_in);
    REQUIRE(memcmp(a->token, b->token, a->token_size) == 0);
    REQUIRE(a->error.status == b->error.status && a->error.offset == b->error.offset);
    REQUIRE(strcmp(a->error.message, b->error.message) == 0);
}

void exchange_run_every_way(span text, size_t cut, enum end end, struct worker_result *whole) {
    static struct worker_result split;
    exchange_run(text, 0, text.size, end, whole);
    exchange_run(text, 0, 1, end, &split);
    require_same(&split, whole);
    if (text.size > 0) {
        exchange_run(text, cut % text.size, text.size, end, &split);
        require_same(&split, whole);
    }
}
