#include "fail.h"

#include "text.h"

#include <stdarg.h>

bool fail(pinetoken_error *error, pinetoken_status status, ...) {
    struct text message;
    va_list parts;
    *error =
        (pinetoken_error){.status = status, .tls_alert = -1, .retry_after_ms = -1, .offset = -1};
    text_init(&message, error->message, sizeof error->message);
    va_start(parts, status);
    for (const char *part = va_arg(parts, const char *); part != NULL;
         part = va_arg(parts, const char *)) {
        text_append(&message, part);
    }
    va_end(parts);
    return false;
}
