#include "base/fail.h"

#include "base/text.h"

bool fail_with(pinetoken_error *error, pinetoken_status status, const char *const parts[]) {
    struct text message;
    *error =
        (pinetoken_error){.status = status, .tls_alert = -1, .retry_after_ms = -1, .offset = -1};
    text_init(&message, error->message, sizeof error->message);
    for (; *parts != NULL; parts++) {
        text_append(&message, *parts);
    }
    return false;
}
