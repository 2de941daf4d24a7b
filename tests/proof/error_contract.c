/* In place of base/error.c, whose own proof is error.c: what the others may rely on, without the
 * texts. */
#include "base/error.h"

void error_clear(pinetoken_error *error) {
    error->status = PINETOKEN_OK;
    error->http_status = 0;
    error->retry_after_ms = -1;
    error->offset = -1;
}

void error_begin(pinetoken_error *error, pinetoken_status status, const char *text) {
    (void)text;
    error_clear(error);
    error->status = status;
}

void error_add(pinetoken_error *error, const char *text) {
    (void)error;
    (void)text;
}

void error_add_number(pinetoken_error *error, int64_t number) {
    (void)error;
    (void)number;
}

/* Reads what it quotes, as the real one does. */
void error_add_quoted(pinetoken_error *error, span text) {
    (void)error;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        (void)c;
    }
}

bool error_advise(pinetoken_error *error, const char *advice) {
    (void)error;
    (void)advice;
    return false;
}

bool error_advise_parts(pinetoken_error *error, const char *const parts[]) {
    (void)error;
    (void)parts;
    return false;
}

bool error_set(pinetoken_error *error, pinetoken_status status, const char *message,
               const char *advice) {
    (void)advice;
    error_begin(error, status, message);
    return false;
}

bool error_set_parts(pinetoken_error *error, pinetoken_status status, const char *const parts[],
                     const char *advice) {
    (void)parts;
    return error_set(error, status, "", advice);
}

bool error_at(pinetoken_error *error, pinetoken_status status, const char *text, size_t offset) {
    error_begin(error, status, text);
    error->offset = (int64_t)offset;
    return false;
}
