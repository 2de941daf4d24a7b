/* In place of base/error.c, whose own proof is error_quote.c: what the others may rely on, without
 * the message. */
#include "base/error.h"

void error_clear(pinetoken_error *error) {
    error->status = PINETOKEN_OK;
    error->http_status = 0;
    error->retry_after_ms = -1;
    error->offset = -1;
}

bool error_set(pinetoken_error *error, pinetoken_status status, const char *literal) {
    (void)literal;
    error_clear(error);
    error->status = status;
    return false;
}

bool error_text(pinetoken_error *error, const char *literal) {
    (void)error;
    (void)literal;
    return false;
}

bool error_number(pinetoken_error *error, int64_t number) {
    (void)error;
    (void)number;
    return false;
}

/* Reads what it quotes, as the real one does. */
bool error_quote(pinetoken_error *error, span text) {
    (void)error;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        (void)c;
    }
    return false;
}

bool error_at(pinetoken_error *error, pinetoken_status status, const char *literal, size_t offset) {
    (void)error_set(error, status, literal);
    error->offset = (int64_t)offset;
    return false;
}
