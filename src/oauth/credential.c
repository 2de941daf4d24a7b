#include "oauth/credential.h"

#include "base/error.h"
#include "base/limits.h"
#include "json/utf8.h"

const char *credential_fault(span text) {
    if (text.size == 0) {
        return "is empty";
    }
    if (text.size > LIMIT_CREDENTIAL) {
        return "is longer than " LIMIT_TEXT(LIMIT_CREDENTIAL) " bytes";
    }
    if (span_has_control(text)) {
        return "has a control character in it";
    }
    return utf8_is_valid(text) ? NULL : "is not UTF-8";
}

bool credential_check(const char *name, span text, pinetoken_error *error) {
    const char *fault = credential_fault(text);
    if (fault == NULL) {
        return true;
    }
    return error_set_parts(error, PINETOKEN_CREDENTIALS, ERROR_PARTS(name, ": ", fault),
                           "copy it again from where the service account was created");
}
