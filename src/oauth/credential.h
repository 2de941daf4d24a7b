/* What a client ID or secret must be, wherever it comes from. */
#ifndef OAUTH_CREDENTIAL_H
#define OAUTH_CREDENTIAL_H

#include "base/span.h"

/* The rule that `text` breaks, static, to follow "client secret: "; NULL: none. */
const char *credential_fault(span text);
/* CREDENTIALS, "NAME: RULE". */
PINETOKEN_MUST_USE bool credential_check(const char *name, span text, pinetoken_error *error);

#endif
